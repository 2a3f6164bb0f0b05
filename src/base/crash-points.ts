/**
 * Fault injection: named places where the process may be told to end as by kill -9. Each stands where what is on disk, what was said to
 * peers or what was answered to clients has just changed, or is about to.
 */
export const CRASH_POINTS = [
  // A write, on its road.
  "batch-appended",
  "group-before-write",
  "group-torn",
  "group-written",
  "group-durable",
  "reply-before-send",
  "reply-sent",
  // Segments of the log.
  "segment-trimmed",
  "segment-unnamed",
  "segment-named",
  "segment-before-delete",
  "segment-deleted",
  // Between regions.
  "batches-before-send",
  "batches-sent",
  "peer-batch-applied",
  "report-before-send",
  "report-sent",
  // Checkpoints.
  "checkpoint-begun",
  "checkpoint-before-commit",
  "checkpoint-committing",
  "checkpoint-committed",
  // A start.
  "identity-before-write",
  "identity-unnamed",
  "identity-named",
  "log-opened",
  "engine-opened",
  // A peer's snapshot.
  "snapshot-begun",
  "snapshot-rows-stored",
  "snapshot-before-finish",
  "snapshot-finished",
  "snapshot-before-rename",
  "snapshot-renamed",
  "snapshot-installed",
  // An orderly stop.
  "stop-flushed",
  "stop-sealed",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: CrashPoint | null = null;
let passagesLeft = 0;

/** From now on the process ends at the `passage`-th passing of `point`, counted from 1. Decided once, at the start. */
export function armCrashPoint(point: CrashPoint, passage: number): void {
  armed = point;
  passagesLeft = passage;
}

/** The process is to end at this point, at this passage or a later one. */
export function isArmed(point: CrashPoint): boolean {
  return armed === point;
}

/** The process passes a point: nearly always nothing. */
export function passing(point: CrashPoint): void {
  if (armed !== point || --passagesLeft > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment to arrive, and nothing may happen after this point.
  for (;;);
}
