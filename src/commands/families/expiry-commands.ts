import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../crdt/deadline.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { GT_WITH_LT, NX_WITH_OTHERS, unsupportedOption } from "../refusals.ts";
import { integerWord } from "../words.ts";
import { allows, CONDITIONS, type Condition } from "./expiry-conditions.ts";
import { deadlineFrom, inMilliseconds, type Expiration } from "./string-options.ts";

/** When a key ends: set, asked for, taken away. */

const DEADLINES =
  "E1-E5, E9: of concurrent deadlines the longest holds, one that observed another replaces it, " +
  "and none revives what a peer deletes. One in the past deletes what this region sees.";

interface ExpireRequest {
  readonly key: BinaryString;
  readonly expiration: Expiration;
  readonly conditions: ReadonlySet<Condition>;
}

const NO_CONDITIONS: ReadonlySet<Condition> = new Set();

function conditionsOf(words: readonly BinaryString[]): ReadonlySet<Condition> {
  const conditions = new Set<Condition>();
  for (const word of words) {
    const condition = CONDITIONS[word.toUpperCase()];
    if (condition === undefined) throw unsupportedOption(word);
    conditions.add(condition);
  }
  if (conditions.has("nx") && conditions.size > 1) throw NX_WITH_OTHERS;
  if (conditions.has("gt") && conditions.has("lt")) throw GT_WITH_LT;
  return conditions;
}

interface ExpireShape {
  readonly name: "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT";
  readonly since: string;
  readonly argument: string;
  readonly summary: string;
  readonly relative: boolean;
  readonly seconds: boolean;
}

function defineExpire({ name, since, argument, summary, relative, seconds }: ExpireShape): Command {
  const commandName = name.toLowerCase();
  return defineCommand<ExpireRequest>({
    name,
    group: "generic",
    since,
    arity: -3,
    flags: ["write", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
    syntax: `key ${argument} [NX | XX | GT | LT]`,
    summary,
    complexity: "O(1)",
    convergence: DEADLINES,
    parse(args) {
      const conditions = args.length === 2 ? NO_CONDITIONS : conditionsOf(args.slice(2));
      const value = integerWord(args[1]!);
      const ms = seconds ? inMilliseconds(value, commandName) : value;
      return { key: args[0]!, expiration: { relative, ms }, conditions };
    },
    run(tx, { key, expiration, conditions }, call): Reply {
      const deadlineMs = deadlineFrom(expiration, tx.nowMs, commandName);
      const current = tx.deadlineOf(key);
      if (current === undefined || !allows(conditions, current, deadlineMs)) return 0;
      // Zero would mean "no deadline"; anything before now means the same as now.
      tx.setDeadline(key, Math.max(1, deadlineMs));
      notify(call, "generic", deadlineMs > tx.nowMs ? "expire" : "del", key);
      return 1;
    },
  });
}

export const expire = defineExpire({
  name: "EXPIRE",
  since: "1.0.0",
  argument: "seconds",
  summary: "Sets in how many seconds a key ends.",
  relative: true,
  seconds: true,
});

export const pexpire = defineExpire({
  name: "PEXPIRE",
  since: "2.6.0",
  argument: "milliseconds",
  summary: "Sets in how many milliseconds a key ends.",
  relative: true,
  seconds: false,
});

export const expireat = defineExpire({
  name: "EXPIREAT",
  since: "1.2.0",
  argument: "unix-seconds",
  summary: "Sets the second at which a key ends.",
  relative: false,
  seconds: true,
});

export const pexpireat = defineExpire({
  name: "PEXPIREAT",
  since: "2.6.0",
  argument: "unix-ms",
  summary: "Sets the millisecond at which a key ends.",
  relative: false,
  seconds: false,
});

function defineDeadlineRead(
  name: "TTL" | "PTTL" | "EXPIRETIME" | "PEXPIRETIME",
  since: string,
  summary: string,
  answer: (deadlineMs: DeadlineMs, nowMs: number) => number,
): Command {
  return defineCommand({
    name,
    group: "generic",
    since,
    arity: 2,
    flags: ["readonly", "fast"],
    keys: { first: 1, last: 1, step: 1 },
    syntax: "key",
    summary: `${summary} -1: it does not end; -2: it does not exist.`,
    complexity: "O(1)",
    convergence: READS_LOCALLY,
    parse: (args) => args[0]!,
    run(tx, key): Reply {
      const deadlineMs = tx.deadlineOf(key);
      if (deadlineMs === undefined) return -2;
      return deadlineMs === NO_DEADLINE ? -1 : answer(deadlineMs, tx.nowMs);
    },
  });
}

/** Milliseconds as the nearest second. */
const seconds = (ms: number): number => Math.floor((ms + 500) / 1000);
const left = (deadlineMs: DeadlineMs, nowMs: number): number => Math.max(0, deadlineMs - nowMs);

export const ttl = defineDeadlineRead("TTL", "1.0.0", "Answers in how many seconds a key ends.", (deadlineMs, nowMs) =>
  seconds(left(deadlineMs, nowMs)),
);
export const pttl = defineDeadlineRead("PTTL", "2.6.0", "Answers in how many milliseconds a key ends.", left);
export const expiretime = defineDeadlineRead(
  "EXPIRETIME",
  "7.0.0",
  "Answers the second at which a key ends.",
  (deadlineMs) => seconds(deadlineMs),
);
export const pexpiretime = defineDeadlineRead(
  "PEXPIRETIME",
  "7.0.0",
  "Answers the millisecond at which a key ends.",
  (deadlineMs) => deadlineMs,
);

export const persist = defineCommand({
  name: "PERSIST",
  group: "generic",
  since: "2.2.0",
  arity: 2,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key",
  summary: "Takes the deadline from a key; answers 1 when it had one.",
  complexity: "O(1)",
  convergence: "E2: wins against a concurrent EXPIRE, as no deadline is the longest.",
  parse: (args) => args[0]!,
  run(tx, key, call) {
    const current = tx.deadlineOf(key);
    if (current === undefined || current === NO_DEADLINE) return 0;
    tx.setDeadline(key, NO_DEADLINE);
    notify(call, "generic", "persist", key);
    return 1;
  },
});
