import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../crdt/deadline.ts";
import type { Reply } from "../../resp/reply.ts";
import { FIELD_COUNT_TOO_SMALL, NEGATIVE_FIELD_EXPIRY } from "../collection-refusals.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { invalidExpireTime } from "../refusals.ts";
import { integerWord } from "../words.ts";
import { allows, CONDITIONS, type Condition } from "./expiry-conditions.ts";
import { fieldsWords } from "./hash-fields.ts";
import { deadlineFrom, inMilliseconds, type Expiration } from "./string-options.ts";

/** Deadlines of single fields of a hash, as Redis 7.4 has them: set, asked for, taken away. */

const FIELD_DEADLINES =
  "E8: as E1-E7, field by field: of concurrent deadlines the longest holds, HSET clears it, and none revives what a peer removes.";

/** What HEXPIRE and its like answer for each field. */
const NO_FIELD = -2;
const NO_FIELD_DEADLINE = -1;
const REFUSED = 0;
const DONE = 1;
const REMOVED = 2;

/** Redis keeps a field's deadline in 46 bits of milliseconds. */
const DEADLINE_MS_MAX = 2 ** 46 - 1;

interface FieldExpireRequest {
  readonly key: BinaryString;
  readonly expiration: Expiration;
  readonly conditions: ReadonlySet<Condition>;
  readonly fields: readonly BinaryString[];
}

interface FieldExpireShape {
  readonly name: "HEXPIRE" | "HPEXPIRE" | "HEXPIREAT" | "HPEXPIREAT";
  readonly argument: string;
  readonly summary: string;
  readonly relative: boolean;
  readonly seconds: boolean;
}

function defineFieldExpire({ name, argument, summary, relative, seconds }: FieldExpireShape): Command {
  const commandName = name.toLowerCase();
  return defineCommand<FieldExpireRequest>({
    name,
    group: "hash",
    since: "7.4.0",
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
    syntax: `key ${argument} [NX | XX | GT | LT] FIELDS numfields field [field ...]`,
    summary,
    complexity: "O(N) in the number of fields given",
    convergence: FIELD_DEADLINES,
    parse(args) {
      const value = integerWord(args[1]!);
      if (value < 0) throw NEGATIVE_FIELD_EXPIRY;
      const ms = seconds ? inMilliseconds(value, commandName) : value;
      const condition = CONDITIONS[args[2]!.toUpperCase()];
      const fields = fieldsWords(args, condition === undefined ? 2 : 3, FIELD_COUNT_TOO_SMALL);
      const conditions = new Set(condition === undefined ? [] : [condition]);
      return { key: args[0]!, expiration: { relative, ms }, conditions, fields };
    },
    run(tx, { key, expiration, conditions, fields }): Reply {
      const deadlineMs = deadlineFrom(expiration, tx.nowMs, commandName);
      if (deadlineMs > DEADLINE_MS_MAX) throw invalidExpireTime(commandName);
      const hash = tx.hashes.get(key);
      const done = deadlineMs <= tx.nowMs ? REMOVED : DONE;
      const touched = new Set<BinaryString>();
      const answers = fields.map((field) => {
        if (touched.has(field)) return done === REMOVED ? NO_FIELD : repeated(conditions, deadlineMs);
        const current = hash?.deadlineOf(field);
        if (current === undefined) return NO_FIELD;
        if (!allows(conditions, current, deadlineMs)) return REFUSED;
        touched.add(field);
        return done;
      });
      if (touched.size > 0) tx.hashes.setDeadline(key, [...touched], Math.max(1, deadlineMs));
      return answers;
    },
  });
}

/** A field that is named twice has the new deadline the second time. */
function repeated(conditions: ReadonlySet<Condition>, deadlineMs: DeadlineMs): number {
  return allows(conditions, deadlineMs, deadlineMs) ? DONE : REFUSED;
}

export const hexpire = defineFieldExpire({
  name: "HEXPIRE",
  argument: "seconds",
  summary: "Sets in how many seconds fields of a hash end.",
  relative: true,
  seconds: true,
});

export const hpexpire = defineFieldExpire({
  name: "HPEXPIRE",
  argument: "milliseconds",
  summary: "Sets in how many milliseconds fields of a hash end.",
  relative: true,
  seconds: false,
});

export const hexpireat = defineFieldExpire({
  name: "HEXPIREAT",
  argument: "unix-time-seconds",
  summary: "Sets the second at which fields of a hash end.",
  relative: false,
  seconds: true,
});

export const hpexpireat = defineFieldExpire({
  name: "HPEXPIREAT",
  argument: "unix-time-milliseconds",
  summary: "Sets the millisecond at which fields of a hash end.",
  relative: false,
  seconds: false,
});

interface FieldsRequest {
  readonly key: BinaryString;
  readonly fields: readonly BinaryString[];
}

function parseFields(args: readonly BinaryString[]): FieldsRequest {
  return { key: args[0]!, fields: fieldsWords(args, 1) };
}

interface FieldTtlShape {
  readonly name: "HTTL" | "HPTTL" | "HEXPIRETIME" | "HPEXPIRETIME";
  readonly summary: string;
  readonly answer: (deadlineMs: DeadlineMs, nowMs: number) => number;
}

function defineFieldTtl({ name, summary, answer }: FieldTtlShape): Command {
  return defineCommand<FieldsRequest>({
    name,
    group: "hash",
    since: "7.4.0",
    arity: -5,
    flags: ["readonly", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
    syntax: "key FIELDS numfields field [field ...]",
    summary,
    complexity: "O(N) in the number of fields given",
    convergence: READS_LOCALLY,
    parse: parseFields,
    run(tx, { key, fields }) {
      const hash = tx.hashes.get(key);
      return fields.map((field) => {
        const deadlineMs = hash?.deadlineOf(field);
        if (deadlineMs === undefined) return NO_FIELD;
        return deadlineMs === NO_DEADLINE ? NO_FIELD_DEADLINE : answer(deadlineMs, tx.nowMs);
      });
    },
  });
}

export const httl = defineFieldTtl({
  name: "HTTL",
  summary: "Answers in how many seconds fields of a hash end; -1 never, -2 no such field.",
  answer: (deadlineMs, nowMs) => Math.floor((deadlineMs - nowMs + 999) / 1000),
});

export const hpttl = defineFieldTtl({
  name: "HPTTL",
  summary: "Answers in how many milliseconds fields of a hash end; -1 never, -2 no such field.",
  answer: (deadlineMs, nowMs) => deadlineMs - nowMs,
});

export const hexpiretime = defineFieldTtl({
  name: "HEXPIRETIME",
  summary: "Answers the second at which fields of a hash end; -1 never, -2 no such field.",
  answer: (deadlineMs) => Math.floor((deadlineMs + 999) / 1000),
});

export const hpexpiretime = defineFieldTtl({
  name: "HPEXPIRETIME",
  summary: "Answers the millisecond at which fields of a hash end; -1 never, -2 no such field.",
  answer: (deadlineMs) => deadlineMs,
});

export const hpersist = defineCommand<FieldsRequest>({
  name: "HPERSIST",
  group: "hash",
  since: "7.4.0",
  arity: -5,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key FIELDS numfields field [field ...]",
  summary: "Takes the deadlines of fields of a hash away.",
  complexity: "O(N) in the number of fields given",
  convergence: FIELD_DEADLINES,
  parse: parseFields,
  run(tx, { key, fields }) {
    const hash = tx.hashes.get(key);
    const persisted = new Set<BinaryString>();
    const answers = fields.map((field) => {
      const deadlineMs = hash?.deadlineOf(field);
      if (deadlineMs === undefined) return NO_FIELD;
      if (deadlineMs === NO_DEADLINE || persisted.has(field)) return NO_FIELD_DEADLINE;
      persisted.add(field);
      return DONE;
    });
    if (persisted.size > 0) tx.hashes.setDeadline(key, [...persisted], NO_DEADLINE);
    return answers;
  },
});
