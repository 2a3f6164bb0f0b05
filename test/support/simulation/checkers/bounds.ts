import type { MemoryLog } from "../../../../src/storage/log/memory-log.ts";
import type { JudgedRegion } from "./states.ts";
import { Violation } from "../violation.ts";

/** What checkers of bounds ask of a region that nothing has happened to for a while. */
export interface QuietRegion extends JudgedRegion {
  readonly log: Pick<MemoryLog, "firstLsn" | "lastLsn">;
  readonly replicator: { readonly held: { readonly batches: number } } | null;
}

export interface BoundsFacts {
  /** Names of keys that a delete which wins has ended, `db:key`. */
  readonly ended: Iterable<string>;
  /** What has lapsed before this, by every member's clock and the allowed skew, is forgotten. */
  readonly lapsedMs: number;
  readonly segmentRecords: number;
}

/** After quiescence everything that was kept for concurrency alone is gone. */
export function checkBounds({ name, keyspace, log, replicator }: QuietRegion, facts: BoundsFacts): void {
  const say = (what: string): Violation => new Violation("bounds", `${name} ${what}`);
  const held = replicator?.held.batches ?? 0;
  if (held > 0) throw say(`still holds ${held} batches back`);
  const { state, stability, unfolded } = keyspace;
  if (unfolded.size > 0) throw say(`still has ${unfolded.size} entries that wait for stability`);
  const frontier = stability.frontier(keyspace.durable);
  for (const entry of state.table.resident()) {
    if (!entry.isUnfolded) continue;
    // Some keep their parts for ever (a sum that is not exact, a short tail of a document): what folds now could have before.
    state.fold(entry, frontier);
    if (!entry.isUnfolded) throw say(`had forgotten to fold ${entry.db}/${entry.key}`);
  }
  const { markers } = state;
  if (markers.flushes.length > 0) throw say(`still remembers ${markers.flushes.length} flushes`);
  for (const ended of facts.ended) {
    const stale = markers.of(ended).find((marker) => !marker.final || marker.lapseAtMs < facts.lapsedMs);
    if (stale !== undefined) throw say(`still has a marker of ${ended}, which lapsed at ${stale.lapseAtMs}`);
  }
  const records = log.lastLsn - log.firstLsn + 1;
  if (records > 2 * facts.segmentRecords) throw say(`keeps ${records} records of log`);
}
