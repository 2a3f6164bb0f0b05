import type { RunRecord } from "../record/record.ts";
import type { Phases } from "./phases.ts";

/** How long one client was blind. */
export interface ClientGap {
  readonly client: string;
  /** The doors it used. */
  readonly vias: readonly string[];
  /** Longest time between two successes that overlaps the fault. */
  readonly gapMs: number;
  readonly fromMs: number;
  /** Asks its own region alone: it is blind for as long as that is away. */
  readonly isPinned: boolean;
  /** From tFault to its next success; Infinity when it never succeeded again. */
  readonly firstSuccessMs: number;
  /** Longest time between two successes that both came after tHeal. */
  readonly failbackMs: number | null;
}

/** The gaps of every client that had succeeded before the fault; none without a fault. */
export function clientGaps({ ops }: RunRecord, phases: Phases): readonly ClientGap[] {
  const { faultMs } = phases;
  if (faultMs === null) return [];
  const healMs = phases.healMs ?? Infinity;
  const clients = new Map<string, { vias: Set<string>; successes: number[]; triedMs: number }>();
  for (const line of ops) {
    const known = clients.get(line.client) ?? { vias: new Set<string>(), successes: [], triedMs: 0 };
    known.vias.add(line.via);
    known.triedMs = Math.max(known.triedMs, line.endedMs);
    if (line.outcome === "acked") known.successes.push(line.endedMs);
    clients.set(line.client, known);
  }
  const gaps: ClientGap[] = [];
  for (const [client, { vias, successes, triedMs }] of clients) {
    successes.sort((left, right) => left - right);
    if (successes.length === 0 || successes[0]! > faultMs) continue;
    // A client that never succeeded again was blind for as long as it tried.
    const ends = [...successes.slice(1), triedMs];
    let [gapMs, fromMs, failbackMs] = [0, faultMs, null as number | null];
    for (const [index, from] of successes.entries()) {
      const length = ends[index]! - from;
      if (ends[index]! > faultMs && from < healMs && length > gapMs) [gapMs, fromMs] = [length, from];
      if (from >= healMs && index < successes.length - 1) failbackMs = Math.max(failbackMs ?? 0, length);
    }
    if (triedMs <= faultMs) continue;
    const next = successes.find((atMs) => atMs > faultMs) ?? Infinity;
    const isPinned = ![...vias].some((via) => via.startsWith("router"));
    gaps.push({ client, vias: [...vias], isPinned, gapMs, fromMs, firstSuccessMs: next - faultMs, failbackMs });
  }
  return gaps;
}
