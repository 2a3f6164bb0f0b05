import type { Reply } from "../resp/reply.ts";
import type { ServedDatabase } from "./server-context.ts";
import type { Timers } from "../base/timers.ts";
import { Waiting } from "./session-reply.ts";

/** A write, and how many other regions are to have it durably before its client is answered. */
export interface AwaitedWrite {
  /** Sequence of its batch; 0: nothing was written, and every region has that. */
  readonly sequence: number;
  /** Its own log position: no answer before it is durable here. */
  readonly lsn: number;
  readonly regions: number;
  /** Milliseconds; 0: for ever. */
  readonly timeoutMs: number;
}

/** Regions that have it: all of them when there is nothing to have. */
export function regionsHaving(database: ServedDatabase, sequence: number): readonly string[] {
  return sequence === 0 ? database.otherRegions() : database.regionsHaving(sequence);
}

/**
 * Calls `done` with the regions that have the write durably, once it is durable here and enough of them do, or when time is up;
 * perhaps before it returns. Answers how to stop waiting.
 */
export function awaitRegions(
  database: ServedDatabase,
  timers: Timers,
  write: AwaitedWrite,
  done: (confirmed: readonly string[]) => void,
): () => void {
  let timeIsUp = false;
  const stops: (() => void)[] = [];
  const stop = (): void => stops.forEach((one) => one());
  const look = (): void => {
    if (database.durableLsn < write.lsn) return;
    const confirmed = regionsHaving(database, write.sequence);
    if (!timeIsUp && confirmed.length < write.regions) return;
    stop();
    done(confirmed);
  };
  stops.push(database.onDurable(look), database.onAcknowledged(look));
  if (write.timeoutMs > 0) {
    const expire = (): void => {
      timeIsUp = true;
      look();
    };
    stops.push(timers.after(write.timeoutMs, expire));
  }
  look();
  return stop;
}

/** The same as a command's reply. Inside MULTI nothing waits. */
export function waitForRegions(
  database: ServedDatabase,
  timers: Timers,
  write: AwaitedWrite,
  reply: (confirmed: readonly string[]) => Reply,
): Waiting {
  return new Waiting(reply(regionsHaving(database, write.sequence)), (answer) =>
    awaitRegions(database, timers, write, (confirmed) => answer(reply(confirmed))),
  );
}
