import { build, type Histogram } from "hdr-histogram-js";
import type { RunRecord } from "../record/record.ts";
import type { Phases } from "./phases.ts";

const MICROSECONDS = 1000;
const HIGHEST_MS = 600_000;

/** Latencies without averaging the tail away, to three digits. */
export class Latencies {
  readonly #histogram: Histogram = build({
    bitBucketSize: 64,
    numberOfSignificantValueDigits: 3,
    highestTrackableValue: HIGHEST_MS * MICROSECONDS,
  });

  /** `intervalMs`: how often a client that waits would have asked, had it not been waiting; 0 when it did not wait. */
  add(latencyMs: number, intervalMs: number): void {
    const value = Math.round(Math.min(HIGHEST_MS, Math.max(0, latencyMs)) * MICROSECONDS);
    if (intervalMs > 0) this.#histogram.recordValueWithExpectedInterval(value, intervalMs * MICROSECONDS);
    else this.#histogram.recordValue(value);
  }

  percentileMs(percentile: number): number | null {
    if (this.#histogram.totalCount === 0) return null;
    return this.#histogram.getValueAtPercentile(percentile) / MICROSECONDS;
  }

  get maxMs(): number | null {
    return this.#histogram.totalCount === 0 ? null : this.#histogram.maxValue / MICROSECONDS;
  }
}

export interface LatencyByPhase {
  readonly healthy: Latencies;
  readonly fault: Latencies;
  readonly all: Latencies;
}

/**
 * From when an operation was due to its answer. An open loop keeps its schedule whatever happens, so that what was due while nothing was answered
 * counts with all of its waiting; of a closed loop the operations that it left out are put in (coordinated omission).
 */
export function latencyOf({ ops, header }: RunRecord, phases: Phases): LatencyByPhase {
  const { openLoop, ratePerSecond, clients } = header.workload;
  const intervalMs = openLoop || ratePerSecond <= 0 ? 0 : (1000 * Math.max(1, clients)) / ratePerSecond;
  const latency = { healthy: new Latencies(), fault: new Latencies(), all: new Latencies() };
  for (const line of ops) {
    if (line.outcome !== "acked") continue;
    const phase = phases.phaseOf(line.scheduledMs);
    const tookMs = line.endedMs - line.scheduledMs;
    latency.all.add(tookMs, intervalMs);
    if (phase !== "healed") latency[phase].add(tookMs, intervalMs);
  }
  return latency;
}
