import { defineSessionCommand } from "../define-command.ts";
import { BAD_TIMEOUT, NEGATIVE_TIMEOUT, NOT_AN_INTEGER, WAITAOF_NUMLOCAL } from "../refusals.ts";
import { waitForRegions } from "../region-acknowledgements.ts";
import type { ServerState } from "../server-state.ts";
import { clampedIntegerWord } from "../words.ts";

/** WAIT and WAITAOF: how far this connection's writes have come. A region counts once it has them on its disk. */

interface WaitRequest {
  readonly local: number;
  readonly regions: number;
  readonly timeoutMs: number;
}

function timeoutWord(word: string): number {
  const timeoutMs = clampedIntegerWord(word, BAD_TIMEOUT);
  if (timeoutMs < 0) throw NEGATIVE_TIMEOUT;
  return timeoutMs;
}

/** Position that must be durable before this region itself counts. */
function ownPosition(server: ServerState): number {
  return server.database.lastLsn;
}

export const wait = defineSessionCommand<WaitRequest>({
  name: "WAIT",
  group: "generic",
  since: "3.0.0",
  arity: 3,
  flags: ["blocking"],
  categories: ["connection"],
  syntax: "numreplicas timeout",
  summary: "Waits until so many other regions have this connection's writes durably; answers how many do.",
  complexity: "O(1)",
  convergence: "A region counts once it has said that the writes are on its disk.",
  parse: (args) => ({
    local: 0,
    regions: clampedIntegerWord(args[0]!, NOT_AN_INTEGER),
    timeoutMs: timeoutWord(args[1]!),
  }),
  run({ session, server }, { regions, timeoutMs }) {
    const write = { sequence: session.lastSequence, lsn: ownPosition(server), regions, timeoutMs };
    return waitForRegions(server.database, server.timers, write, (confirmed) => confirmed.length);
  },
});

export const waitaof = defineSessionCommand<WaitRequest>({
  name: "WAITAOF",
  group: "generic",
  since: "7.2.0",
  arity: 4,
  flags: ["blocking"],
  categories: ["connection"],
  syntax: "numlocal numreplicas timeout",
  summary: "Waits until this connection's writes are durable here and in so many other regions; answers both numbers.",
  complexity: "O(1)",
  convergence: "As WAIT: whatever another region acknowledges is on its disk.",
  parse(args) {
    const local = clampedIntegerWord(args[0]!, NOT_AN_INTEGER);
    if (local < 0 || local > 1) throw WAITAOF_NUMLOCAL;
    return { local, regions: clampedIntegerWord(args[1]!, NOT_AN_INTEGER), timeoutMs: timeoutWord(args[2]!) };
  },
  run({ session, server }, { regions, timeoutMs }) {
    const write = { sequence: session.lastSequence, lsn: ownPosition(server), regions, timeoutMs };
    return waitForRegions(server.database, server.timers, write, (confirmed) => [1, confirmed.length]);
  },
});
