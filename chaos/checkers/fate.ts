import type { Elements } from "./effects.ts";
import type { History, KeyHistory, Remove, Write } from "./history.ts";

/**
 * What became of an acknowledged write, by docs/contract.md. `kept`: it is shown. `superseded`: another write or a removal may rightly have
 * won. `expired`: its key's time may have been up. `lost`: nothing in the record explains why it is not shown.
 */
export type Fate = "kept" | "superseded" | "expired" | "lost";

/**
 * Judges one write by what a key showed when the write must have been there.
 *
 * Rule 5: a write that causally follows always wins. So another value explains the absence of a write unless that other write was surely
 * observed by this one: then the *older* value is shown.
 *
 * `untilMs`: when the key was read; what began later explains nothing.
 */
export function fateOf(history: History, key: KeyHistory, write: Write, shown: Elements, untilMs: number): Fate {
  const value = shown.get(write.element);
  if (value === write.value) return "kept";
  if (value !== undefined) {
    const writers = history.writersOf(key.key, write.element, value);
    const explained = writers.some(({ line, place }) => {
      if (line === write.line || line.startedMs > untilMs) return false;
      return !history.observed(write, { line, place });
    });
    return explained ? "superseded" : "lost";
  }
  if (history.mayHaveExpired(key, untilMs)) return "expired";
  const isGone = key.removes.some(({ line }, index) => {
    return line.startedMs <= untilMs && mayRemove(history, key, key.removes[index]!, write);
  });
  return isGone ? "superseded" : "lost";
}

/** Whether a removal may rightly have taken a write away. */
function mayRemove(history: History, key: KeyHistory, remove: Remove, write: Write): boolean {
  const { removal, line } = remove;
  if (removal.element !== null && removal.element !== write.element) return false;
  if (removal.element === null) {
    if (removal.final || key.class === "delete-final") return true;
    // What had seen the delete starts anew; all else goes, concurrent writes too.
    if (key.class === "delete-wins") return !history.observed(write, remove);
  }
  // A remove removes what it had observed: nothing that began after it was done.
  return history.lastEffectMs(line) >= write.line.startedMs;
}

/** Whether a write must be gone once `remove` has arrived: showing it is showing a ghost. */
export function mustRemove(history: History, key: KeyHistory, remove: Remove, write: Write): boolean {
  const { removal, line } = remove;
  if (line.outcome !== "acked" || (removal.element !== null && removal.element !== write.element)) return false;
  if (removal.element === null) {
    if (removal.final || key.class === "delete-final") return true;
    if (key.class === "delete-wins" && history.lastEffectMs(write.line) < line.startedMs) return true;
  }
  return history.observed(remove, write);
}
