import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, defineSessionCommand } from "../define-command.ts";
import { BAD_TIMEOUT, NEGATIVE_TIMEOUT, NOT_AN_INTEGER, SYNTAX_ERROR } from "../refusals.ts";
import { waitForRegions } from "../region-acknowledgements.ts";
import type { Waiting } from "../session-reply.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";

/** Logouts that hold, and can prove it (rows R5, R6). */

/** How long a revocation waits for other regions when its client does not say. */
const DEFAULT_TIMEOUT_MS = 1_000;

interface RevokeRequest {
  /** A key, or a user. */
  readonly name: BinaryString;
  /** Null: all of them. */
  readonly regions: number | null;
  readonly timeoutMs: number;
}

function parseRevoke(args: readonly BinaryString[]): RevokeRequest {
  let regions: number | null = null;
  let timeoutMs = DEFAULT_TIMEOUT_MS;
  for (let index = 1; index < args.length; index += 2) {
    const value = args[index + 1];
    if (value === undefined) throw SYNTAX_ERROR;
    if (isWord(args[index], "REGIONS")) regions = clampedIntegerWord(value, NOT_AN_INTEGER);
    else if (isWord(args[index], "TIMEOUT")) timeoutMs = clampedIntegerWord(value, BAD_TIMEOUT);
    else throw SYNTAX_ERROR;
  }
  if (timeoutMs < 0) throw NEGATIVE_TIMEOUT;
  return { name: args[0]!, regions, timeoutMs };
}

/** Writes, waits, and tells which regions have confirmed it durably and which have not. */
function revoke({ session, server }: CommandCall, request: RevokeRequest, write: (tx: Transaction) => void): Waiting {
  const { database, timers } = server;
  const { lsn, sequence } = database.transact(session.db, write);
  session.lastSequence = sequence;
  const others = database.otherRegions();
  const regions = Math.min(request.regions ?? others.length, others.length);
  const reply = (confirmed: readonly string[]): Reply =>
    new MapReply([
      ["confirmed", [server.facts().region, ...confirmed]],
      ["missing", others.filter((region) => !confirmed.includes(region))],
    ]);
  return waitForRegions(database, timers, { sequence, lsn, regions, timeoutMs: request.timeoutMs }, reply);
}

export const antipodeRevoke = defineSessionCommand<RevokeRequest>({
  name: "ANTIPODE REVOKE",
  group: "antipode",
  since: "0.2.0",
  arity: -3,
  flags: ["write", "no_multi", "noscript", "blocking"],
  keys: { first: 2, last: 2, step: 1 },
  syntax: "key [REGIONS count] [TIMEOUT milliseconds]",
  summary:
    "Deletes the key for good, waits for other regions (all, at most 1000 ms), and answers which have confirmed it.",
  complexity: "O(1)",
  convergence:
    "R5: a final delete of any class: nothing concurrent brings it back, later writes are refused until it lapses.",
  parse: parseRevoke,
  run: (call, request) => revoke(call, request, (tx) => tx.revocations.end(request.name)),
});

export const antipodeRevokeUser = defineSessionCommand<RevokeRequest>({
  name: "ANTIPODE REVOKEUSER",
  group: "antipode",
  since: "0.2.0",
  arity: -3,
  flags: ["write", "no_multi", "noscript", "blocking"],
  syntax: "user [REGIONS count] [TIMEOUT milliseconds]",
  summary: "Ends every session of the user, waits for other regions, and answers which have confirmed it.",
  complexity: "O(N) in the number of the user's sessions",
  convergence: "R6: every session whose OWN had not observed it is absent in every region and its key final.",
  parse: parseRevoke,
  run: (call, request) => revoke(call, request, (tx) => tx.revocations.endUser(request.name)),
});

export const antipodeOwn = defineCommand({
  name: "ANTIPODE OWN",
  group: "antipode",
  since: "0.2.0",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 2, last: 2, step: 1 },
  syntax: "key user",
  summary: "Says that the key is a session of the user: REVOKEUSER ends it. Call it when the session is made.",
  complexity: "O(1)",
  convergence: "R6: an OWN that had not observed a concurrent REVOKEUSER ends the session.",
  parse: ([key, user]) => ({ key: key!, user: user! }),
  run(tx, { key, user }) {
    tx.revocations.own(key, user);
    return OK;
  },
});
