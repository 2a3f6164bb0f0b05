import { regionOfOrigin, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";

/** A peer that could provide: an open link we dialled. */
export interface Candidate {
  readonly peer: RegionName;
  /** What it said it has durably; null before its first word. */
  readonly has: NamedVector | null;
  readonly rttMs: number;
}

/** How many batches of `region` a vector has. */
export function batchesOf(region: RegionName, vector: NamedVector): number {
  let count = 0;
  for (const [origin, sequence] of Object.entries(vector)) if (regionOfOrigin(origin) === region) count += sequence;
  return count;
}

/**
 * From whom to take each region's batches: from the region itself while its link is open, else from the peer that has most
 * of them, the nearest of equals. The present provider is kept unless another has strictly more, so that two equal peers do
 * not take turns.
 */
export function chooseProviders(
  regions: Iterable<RegionName>,
  candidates: readonly Candidate[],
  present: ReadonlyMap<RegionName, RegionName>,
): Map<RegionName, RegionName> {
  const chosen = new Map<RegionName, RegionName>();
  for (const region of regions) {
    const own = candidates.find((candidate) => candidate.peer === region);
    if (own !== undefined) {
      chosen.set(region, region);
      continue;
    }
    let best: Candidate | null = null;
    let bestCount = -1;
    for (const candidate of candidates) {
      if (candidate.has === null) continue;
      const count = batchesOf(region, candidate.has);
      const better =
        best === null ||
        count > bestCount ||
        (count === bestCount &&
          present.get(region) !== best.peer &&
          (present.get(region) === candidate.peer || candidate.rttMs < best.rttMs));
      if (better) {
        best = candidate;
        bestCount = count;
      }
    }
    if (best !== null) chosen.set(region, best.peer);
  }
  return chosen;
}
