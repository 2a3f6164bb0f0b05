import type { NamedVector } from "../../crdt/version-vector.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineSessionCommand } from "../define-command.ts";
import { BAD_STALE_POLICY, BAD_TIMEOUT, BAD_TOKEN, NEGATIVE_TIMEOUT, STALE, SYNTAX_ERROR } from "../refusals.ts";
import { Settled, Waiting } from "../session-reply.ts";
import { SyncTokens } from "../sync-token.ts";
import { clampedIntegerWord, isWord } from "../words.ts";

/** ANTIPODE TOKEN and AWAIT: read-your-writes across regions. A token is a version vector; any region knows whether it has it. */

export const antipodeToken = defineSessionCommand({
  name: "ANTIPODE TOKEN",
  group: "antipode",
  since: "0.2.0",
  arity: -2,
  flags: ["fast"],
  syntax: "[WRITES]",
  summary:
    "Answers a token for all that is here now: what this client wrote and read. Another region can wait for it. WRITES: a short one, for what was written here alone.",
  complexity: "O(N) in the number of origins",
  convergence:
    "Whoever has waited for a token sees everything that its region had shown by then; with WRITES, by its last own write.",
  parse(args) {
    if (args.length > 1 || (args.length === 1 && !isWord(args[0], "WRITES"))) throw SYNTAX_ERROR;
    return { writes: args.length === 1 };
  },
  // Held until what it names is durable: a token never names what a crash takes back.
  run({ server: { database } }, { writes }) {
    const tokens = new SyncTokens(database);
    return new Settled(writes ? tokens.issueWrites(database.incarnation) : tokens.issue(), database.lastLsn, false);
  },
});

interface AwaitRequest {
  readonly wanted: NamedVector;
  readonly timeoutMs: number;
  readonly serveStale: boolean;
}

export const antipodeAwait = defineSessionCommand<AwaitRequest>({
  name: "ANTIPODE AWAIT",
  group: "antipode",
  since: "0.2.0",
  arity: -4,
  flags: ["blocking"],
  syntax: "token timeout [STALE ERROR | SERVE]",
  summary: "Waits until this region has all that the token names, at most so many milliseconds (0: no limit).",
  complexity: "O(N) in the number of origins",
  convergence: "Answers OK once it does; when time is up STALE, an error, or 0 with STALE SERVE.",
  parse(args) {
    const wanted = SyncTokens.parse(args[0]);
    if (wanted === null) throw BAD_TOKEN;
    const timeoutMs = clampedIntegerWord(args[1]!, BAD_TIMEOUT);
    if (timeoutMs < 0) throw NEGATIVE_TIMEOUT;
    if (args.length === 2) return { wanted, timeoutMs, serveStale: false };
    if (args.length !== 4 || !isWord(args[2], "STALE")) throw SYNTAX_ERROR;
    if (!isWord(args[3], "ERROR") && !isWord(args[3], "SERVE")) throw BAD_STALE_POLICY;
    return { wanted, timeoutMs, serveStale: isWord(args[3], "SERVE") };
  },
  run({ server }, { wanted, timeoutMs, serveStale }): Reply | Waiting {
    const tokens = new SyncTokens(server.database);
    const stale = serveStale ? 0 : STALE;
    if (tokens.isCovered(wanted)) return OK;
    return new Waiting(stale, (answer) =>
      tokens.wait(wanted, timeoutMs === 0 ? null : timeoutMs, server.timers, (isCovered) =>
        answer(isCovered ? OK : stale),
      ),
    );
  },
});
