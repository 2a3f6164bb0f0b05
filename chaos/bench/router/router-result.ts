import type { Gap } from "./gaps.ts";

export interface RouterRow {
  readonly proxy: string;
  readonly door: "resp" | "http";
  /** One connection: what a request takes. Fifty: how many a second. Medians of the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  readonly perSecond: number;
}

export interface RouterBenchResult {
  readonly load: readonly RouterRow[];
  readonly idle: readonly { readonly proxy: string; readonly door: string; readonly bytesPerConnection: number }[];
  readonly gaps: readonly Gap[];
}
