import { shownBy } from "../checkers/effects.ts";
import { fateOf } from "../checkers/fate.ts";
import type { History } from "../checkers/history.ts";

/**
 * Of every read that did not show the newest acknowledged state of all regions: how long before it the oldest write that it lacked had been
 * acknowledged. An active-active store answers locally, so this is a figure and no fault; the replication lag bounds it while links are well.
 */
export function stalenessOf(history: History): readonly number[] {
  const ages: number[] = [];
  for (const key of history.keys.values()) {
    for (const read of key.reads) {
      const shown = shownBy(read).find(([name]) => name === key.key)?.[1];
      if (shown === undefined) continue;
      // Writes are in the order of their answers, so the first that is lacked is the oldest.
      const lacked = key.writes.find(
        (write) =>
          write.line.outcome === "acked" &&
          write.line.endedMs <= read.startedMs &&
          fateOf(history, key, write, shown, read.endedMs) === "lost",
      );
      if (lacked !== undefined) ages.push(read.startedMs - lacked.line.endedMs);
    }
  }
  return ages;
}
