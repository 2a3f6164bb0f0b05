import { NULL_ARRAY, OK } from "../../resp/reply.ts";
import { defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import {
  DISCARD_WITHOUT_MULTI,
  EXEC_ABORTED,
  EXEC_WITHOUT_MULTI,
  NESTED_MULTI,
  WATCH_INSIDE_MULTI,
} from "../refusals.ts";
import { Settled } from "../session-reply.ts";

/** MULTI and its kin. Commands between MULTI and EXEC are queued by dispatch. */

export const multi = defineSessionCommand({
  name: "MULTI",
  group: "transactions",
  since: "1.2.0",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  needsConnection: true,
  syntax: "",
  summary: "Begins a transaction: the commands that follow are queued until EXEC.",
  complexity: "O(1)",
  convergence: "K2: what EXEC runs is one batch.",
  parse: () => null,
  run({ session }) {
    if (session.transaction !== null) throw NESTED_MULTI;
    session.transaction = { commands: [], bytes: 0, writes: false, grows: false, broken: false };
    return OK;
  },
});

export const exec = defineSessionCommand({
  name: "EXEC",
  group: "transactions",
  since: "1.2.0",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  needsConnection: true,
  syntax: "",
  summary: "Runs the queued commands, with nothing in between. An error of one does not stop the others.",
  complexity: "That of the queued commands",
  convergence: "K2: one batch, shown whole or not at all by every region, at every moment.",
  parse: () => null,
  run({ session, server }) {
    const { transaction } = session;
    if (transaction === null) throw EXEC_WITHOUT_MULTI;
    const changed = session.watchBroken || [...session.watched.values()].some(({ token }) => token.dirty);
    session.transaction = null;
    session.unwatch();
    if (transaction.broken) throw EXEC_ABORTED;
    // That a key changed is knowledge of a write which may not be durable yet.
    if (changed) return new Settled(NULL_ARRAY, server.database.lastLsn, false);
    return server.runQueued(session, transaction.commands);
  },
});

export const discard = defineSessionCommand({
  name: "DISCARD",
  group: "transactions",
  since: "2.0.0",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  needsConnection: true,
  syntax: "",
  summary: "Forgets the queued commands and the watched keys.",
  complexity: "O(N) in the number of queued commands",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ session }) {
    if (session.transaction === null) throw DISCARD_WITHOUT_MULTI;
    session.transaction = null;
    session.unwatch();
    return OK;
  },
});

export const watch = defineSessionCommand({
  name: "WATCH",
  group: "transactions",
  since: "2.2.0",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  keys: { first: 1, last: -1, step: 1, flags: ["RO"] },
  needsConnection: true,
  syntax: "key [key ...]",
  summary: "Makes the next EXEC answer null when one of the keys has changed since.",
  complexity: "O(N) in the number of keys",
  convergence: "K6: a check within one region; a peer's batch on a watched key counts as a change.",
  parse: (args) => args,
  run({ session, server }, keys) {
    if (session.transaction !== null) throw WATCH_INSIDE_MULTI;
    for (const key of keys) {
      const { db } = session;
      const name = `${db}:${key}`;
      if (!session.watched.has(name)) session.watch(name, { db, key, token: server.database.watch(db, key) });
    }
    return OK;
  },
});

export const unwatch = defineSessionCommand({
  name: "UNWATCH",
  group: "transactions",
  since: "2.2.0",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  needsConnection: true,
  syntax: "",
  summary: "Forgets the watched keys.",
  complexity: "O(N) in the number of watched keys",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ session }) {
    session.unwatch();
    return OK;
  },
});

export const TRANSACTION_COMMANDS = [multi, exec, discard, watch, unwatch];
