import type { RunRecord } from "../record/record.ts";

/** A fault from its begin to its heal; Infinity where it never healed. */
export interface FaultSpan {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly regions: readonly string[];
  readonly beginMs: number;
  readonly healMs: number;
}

export interface Phases {
  readonly spans: readonly FaultSpan[];
  /** When the first fault's injection returned; null without a fault. */
  readonly faultMs: number | null;
  /** When the last heal's call returned; null without a fault, or when one was never healed. */
  readonly healMs: number | null;
  /** First due and last answered operation. */
  readonly beginMs: number;
  readonly endMs: number;
  /** `healthy`: before the first fault is asked for. `fault`: from then to the last tHeal. `healed`: after that. */
  phaseOf(atMs: number): "healthy" | "fault" | "healed";
}

export function phasesOf({ faults, ops, end }: RunRecord): Phases {
  const spans: FaultSpan[] = faults
    .filter(({ phase }) => phase === "begin")
    .map(({ id, kind, title, regions, atMs }) => {
      const heal = faults.find((other) => other.id === id && other.phase === "heal" && other.atMs >= atMs);
      return { id, kind, title, regions, beginMs: atMs, healMs: heal?.atMs ?? Infinity };
    });
  const faultMs = spans.length === 0 ? null : Math.min(...spans.map(({ beginMs }) => beginMs));
  const askedMs = spans.length === 0 ? null : Math.min(...faults.map((fault) => fault.askedMs));
  const lastHeal = spans.length === 0 ? null : Math.max(...spans.map(({ healMs }) => healMs));
  const healMs = lastHeal === Infinity ? null : lastHeal;
  let [beginMs, endMs] = [Infinity, 0];
  for (const line of ops) {
    beginMs = Math.min(beginMs, line.scheduledMs);
    endMs = Math.max(endMs, line.endedMs);
  }
  if (ops.length === 0) [beginMs, endMs] = [0, end?.atMs ?? 0];
  return {
    spans,
    faultMs,
    healMs,
    beginMs,
    endMs,
    phaseOf: (atMs) => {
      if (askedMs === null || atMs < askedMs) return "healthy";
      return atMs < (healMs ?? Infinity) ? "fault" : "healed";
    },
  };
}
