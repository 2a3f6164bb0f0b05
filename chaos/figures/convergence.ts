import type { RunRecord } from "../record/record.ts";
import type { Phases } from "./phases.ts";

/**
 * Milliseconds from tHeal until every region had all that any had at tHeal. While writes go on digests are never equal; this is what the fault
 * alone had kept apart. A region that could not be asked at tHeal counts with the first thing it says afterwards. Null: never, or not known.
 */
export function caughtUpMs(record: RunRecord, { healMs }: Phases): number | null {
  if (healMs === null) return null;
  const samples = record.samples.filter(({ positions }) => positions !== null).toSorted((a, b) => a.atMs - b.atMs);
  const wanted = new Map<string, number>();
  // What no vector speaks of any more at the end has been retired: every region has it.
  const last = record.header.regions.map((region) => samples.findLast((sample) => sample.region === region));
  const spokenOf = new Set(last.flatMap((sample) => Object.keys(sample?.positions ?? {})));
  const want = (positions: Readonly<Record<string, number>>): void => {
    for (const [origin, sequence] of Object.entries(positions).filter(([name]) => spokenOf.has(name)))
      wanted.set(origin, Math.max(sequence, wanted.get(origin) ?? 0));
  };
  for (const region of record.header.regions) {
    const own = samples.filter((sample) => sample.region === region);
    const before = own.findLast(({ atMs }) => atMs <= healMs);
    const after = own.find(({ atMs }) => atMs > healMs);
    if (before !== undefined) want(before.positions!);
    // One that was down or cut off may have more than it could say before.
    const wasAway = before === undefined || after === undefined || after.atMs - before.atMs > AWAY_MS;
    if (wasAway && after !== undefined) want(after.positions!);
  }
  if (wanted.size === 0) return null;
  const caughtUp = record.header.regions.map((region) => {
    const sample = samples.find(
      ({ atMs, positions, region: name }) =>
        name === region &&
        atMs >= healMs &&
        [...wanted].every(([origin, sequence]) => (positions![origin] ?? 0) >= sequence),
    );
    return sample?.atMs ?? null;
  });
  if (caughtUp.includes(null)) return null;
  return Math.max(...caughtUp.map((atMs) => atMs! - healMs));
}

const AWAY_MS = 1_000;
