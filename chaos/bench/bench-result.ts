import type { BenchRow } from "./comparison.ts";
import type { DocumentPoint } from "./documents.ts";
import type { GrowthResult } from "./growth.ts";
import type { LinkLag } from "./link-lag.ts";
import type { PartitionResult } from "./partition.ts";
import type { RecoveryPoint } from "./recovery.ts";
import type { RouterBenchResult } from "./router/router-result.ts";
import type { MemoryResult } from "./session-memory.ts";
import type { WireResult } from "./wire-cost.ts";

/** What works have found, by kind. Not there, or null in older files: not asked for, not taken yet, or failed. */
export interface BenchResult {
  /** W1 to W5, W13, W14. */
  readonly throughput?: readonly BenchRow[];
  /** W6. Null as well: nothing to make distances with. */
  readonly lag?: LinkLag | null;
  readonly memory?: MemoryResult | null;
  readonly recovery?: readonly RecoveryPoint[] | null;
  readonly partition?: PartitionResult | null;
  readonly wire?: WireResult | null;
  readonly growth?: GrowthResult | null;
  readonly documents?: readonly DocumentPoint[] | null;
  /** R1 to R3. */
  readonly router?: Partial<RouterBenchResult>;
  readonly failed?: readonly FailedWork[];
}

/** A work that threw. */
export interface FailedWork {
  readonly work: string;
  readonly error: string;
}
