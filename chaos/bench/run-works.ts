import { within } from "../../src/base/within.ts";
import type { BenchResult } from "./bench-result.ts";

/** One of the works that were asked for, by its name in `--works`. */
export interface Work {
  readonly name: string;
  /** What it adds. May throw: a peer that does not start, a region that is refused. */
  readonly measure: () => Promise<BenchResult>;
}

export interface WorksOptions {
  /** How long one work may take, milliseconds. */
  readonly limitMs: number;
  /** Called after each work with all there is by then: what comes later may end the process. */
  readonly keep: (result: BenchResult) => void;
  readonly say: (line: string) => void;
}

/**
 * Takes works one after the other. One that throws, or takes too long, is in `failed`, and the others go on: hours of measures do not hang
 * on one peer. What one that takes too long has started is left as it is.
 */
export async function runWorks(works: readonly Work[], { limitMs, keep, say }: WorksOptions): Promise<BenchResult> {
  const late = (): Error => new Error(`it took more than ${limitMs / 60_000} minutes`);
  let result: BenchResult = {};
  for (const { name, measure } of works) {
    try {
      result = together(result, await within(measure(), limitMs, late));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  ${name.padEnd(3)}  failed: ${reason}`);
      result = together(result, { failed: [{ work: name, error: reason }] });
    }
    keep(result);
  }
  return result;
}

/** Rows and failures of both, and parts of the router; of all else a file has one work's. */
function together(before: BenchResult, more: BenchResult): BenchResult {
  const joined: { -readonly [Kind in keyof BenchResult]: BenchResult[Kind] } = { ...before, ...more };
  if (before.throughput && more.throughput) joined.throughput = [...before.throughput, ...more.throughput];
  if (before.failed && more.failed) joined.failed = [...before.failed, ...more.failed];
  if (before.router && more.router) joined.router = { ...before.router, ...more.router };
  return joined;
}
