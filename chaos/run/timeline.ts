import type { FaultStage } from "../faults/fault.ts";
import type { EventLine, FaultLine } from "../record/lines.ts";
import type { TimelineEntry } from "../scenario/scenario.ts";
import type { RunClock } from "./run-clock.ts";

export interface TimelineHooks {
  readonly write: (line: FaultLine | EventLine) => void;
  /** Called while a region is away, before it is brought back. */
  readonly beforeReturn: (region: string) => Promise<void>;
  /** A line for who watches. */
  readonly say: (line: string) => void;
}

/**
 * Injects faults when they are due and heals them. Entries that hit one region follow each other: the later one waits until the earlier is
 * over, however long a restart took. Times are scaled; what a fault does within itself is not.
 */
export async function runTimeline(
  entries: readonly TimelineEntry[],
  scale: number,
  startMs: number,
  clock: RunClock,
  stage: FaultStage,
  hooks: TimelineHooks,
): Promise<void> {
  const lastOf = new Map<string, Promise<void>>();
  const running = entries.map((entry, index) => {
    const story = entry.fault.story(stage.world.regions);
    const before = Promise.all(story.regions.map((region) => lastOf.get(region) ?? Promise.resolve()));
    const task = before.then(() => runEntry(entry, `f${index + 1}`, scale, startMs, clock, stage, hooks));
    for (const region of story.regions) lastOf.set(region, task);
    return task;
  });
  const results = await Promise.allSettled(running);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function runEntry(
  entry: TimelineEntry,
  id: string,
  scale: number,
  startMs: number,
  clock: RunClock,
  stage: FaultStage,
  hooks: TimelineHooks,
): Promise<void> {
  await clock.until(startMs + entry.atS * 1000 * scale);
  const { away, ...story } = entry.fault.story(stage.world.regions);
  const line = (phase: FaultLine["phase"], askedMs: number): FaultLine => {
    const atMs = clock.now();
    hooks.say(
      `${(atMs / 1000).toFixed(1).padStart(7)} s  ${phase === "begin" ? story.title : `healed: ${story.title}`}`,
    );
    return { line: "fault", id, kind: entry.kind, phase, askedMs, atMs, ...story };
  };
  const beginMs = clock.now();
  const injected = await entry.fault.inject(stage, id);
  hooks.write(line("begin", beginMs));
  await clock.until(startMs + (entry.atS + entry.forS) * 1000 * scale);
  if (away !== undefined) await hooks.beforeReturn(away);
  const healMs = clock.now();
  await injected.heal();
  hooks.write(line("heal", healMs));
}
