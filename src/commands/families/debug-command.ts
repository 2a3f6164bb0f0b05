import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import { OK, Status, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import {
  defineCommand,
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  READS_LOCALLY,
  type Command,
} from "../define-command.ts";
import { Glob } from "../glob.ts";
import { NO_SUCH_KEY, NOT_A_FLOAT, OUT_OF_RANGE, tooManyWords } from "../refusals.ts";
import { Waiting } from "../session-reply.ts";
import { clampedIntegerWord, decimalWord } from "../words.ts";
import { PROTOCOL_SAMPLES } from "./debug-protocol.ts";
import { defineHelp } from "./help-reply.ts";
import { encodingOf } from "./value-encoding.ts";

/** DEBUG: the parts that client libraries' test suites use. */

const FLAGS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
const SLEEP_SECONDS_MAX = 3600;

const sleep = defineSessionCommand({
  name: "DEBUG SLEEP",
  group: "server",
  since: "1.0.0",
  arity: 3,
  flags: FLAGS,
  syntax: "seconds",
  summary: "Answers after a time. Unlike in Redis, only this connection waits.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => Math.min(SLEEP_SECONDS_MAX, Math.max(0, Number(decimalWord(args[0]!, NOT_A_FLOAT)))),
  run: ({ server }, seconds) => new Waiting(OK, (answer) => server.timers.after(seconds * 1000, () => answer(OK))),
});

const object = defineCommand({
  name: "DEBUG OBJECT",
  group: "server",
  since: "1.0.0",
  arity: -3,
  flags: FLAGS,
  keys: { first: 2, last: 2, step: 1 },
  syntax: "key",
  summary: "Answers in one line how Redis would keep the value.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run(tx, key, call): Reply {
    const idleSeconds = Math.floor((tx.idleMs(key) ?? 0) / 1000);
    const encoding = encodingOf(tx, key, call.server.config);
    if (encoding === null) throw NO_SUCH_KEY;
    const bytes = tx.memoryOf(key) ?? 0;
    const line =
      `Value at:0x0 refcount:1 encoding:${encoding} serializedlength:${bytes} ` +
      `lru:0 lru_seconds_idle:${idleSeconds}`;
    return new Status(line);
  },
});

const protocol = defineSessionCommand({
  name: "DEBUG PROTOCOL",
  group: "server",
  since: "6.0.0",
  arity: 3,
  flags: FLAGS,
  syntax: Object.keys(PROTOCOL_SAMPLES).join(" | "),
  summary: "Answers a sample of one kind of reply.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => args[0]!,
  run(_call, word): Reply {
    const sample = PROTOCOL_SAMPLES[word.toLowerCase()];
    if (sample === undefined) throw tooManyWords(word, "DEBUG");
    return sample;
  },
});

const error = defineSessionCommand({
  name: "DEBUG ERROR",
  group: "server",
  since: "1.0.0",
  arity: 3,
  flags: FLAGS,
  syntax: "message",
  summary: "Answers an error with that text.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => args[0]!,
  run(_call, message): Reply {
    const [code, ...rest] = message.split(" ");
    throw new ReplyError(code!, rest.join(" "));
  },
});

const stringmatchLen = defineSessionCommand({
  name: "DEBUG STRINGMATCH-LEN",
  group: "server",
  since: "6.2.0",
  arity: 4,
  flags: FLAGS,
  syntax: "length pattern",
  summary: "Matches a pattern against that many letters `a`: shows that no pattern takes exponential time.",
  complexity: "O(N*M)",
  convergence: LOCAL_ONLY,
  parse: (args) => ({ length: Number(decimalWord(args[0]!)), pattern: args[1]! }),
  run: (_call, { length, pattern }) =>
    new Glob(pattern).matches("a".repeat(Math.min(1_000_000, Math.max(0, length)))) ? 1 : 0,
});

const log = defineSessionCommand({
  name: "DEBUG LOG",
  group: "server",
  since: "1.0.0",
  arity: 3,
  flags: FLAGS,
  syntax: "message",
  summary: "Writes a line to the node's log.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => args[0]!,
  run({ server }, message): Reply {
    server.logger.warn("DEBUG LOG", { message: message.slice(0, 1024) });
    return OK;
  },
});

/** Redis' digests have 40 digits, and an empty database has zeros. */
const DIGEST_DIGITS = 40;

const digest = defineSessionCommand({
  name: "DEBUG DIGEST",
  group: "server",
  since: "1.0.0",
  arity: 2,
  flags: FLAGS,
  syntax: "",
  summary: "Answers a digest of all that is visible: equal in regions whose states are equal.",
  complexity: "O(N) in the size of the database",
  convergence: "Regions whose vectors are equal have equal digests.",
  parse: () => null,
  run({ server }): Reply {
    const isEmpty = server.database.statistics().keys.every((count) => count === 0);
    return new Status(isEmpty ? "0".repeat(DIGEST_DIGITS) : server.digest().slice(0, DIGEST_DIGITS));
  },
});

const POPULATE_KEYS_MAX = 1_000_000;

const populate = defineCommand({
  name: "DEBUG POPULATE",
  group: "server",
  since: "1.0.0",
  arity: -3,
  flags: FLAGS,
  syntax: "count [prefix [size]]",
  summary: "Sets that many string keys, `key:0` and so on; those that are there stay.",
  complexity: "O(N) in the number of keys",
  convergence: "One batch of writes, as SET.",
  parse(args) {
    const count = clampedIntegerWord(args[0]!);
    const size = args[2] === undefined ? 0 : clampedIntegerWord(args[2]);
    if (count < 0 || count > POPULATE_KEYS_MAX || size < 0 || size > 1_048_576) throw OUT_OF_RANGE;
    return { count, prefix: args[1] ?? "key", size };
  },
  run(tx, { count, prefix, size }): Reply {
    for (let index = 0; index < count; index++) {
      const key = `${prefix}:${index}`;
      if (tx.typeOf(key) !== null) continue;
      const value = `value:${index}`;
      tx.strings.set(key, size === 0 ? value : value.slice(0, size).padEnd(size, "\0"), NO_DEADLINE);
    }
    return OK;
  },
});

/** Switches of Redis' internals that have no counterpart: taken, so that test suites run. */
function defineSwitch(word: string, arity: number, syntax: string, summary: string): Command {
  return defineSessionCommand({
    name: `DEBUG ${word}`,
    group: "server",
    since: "1.0.0",
    arity,
    flags: FLAGS,
    syntax,
    summary,
    complexity: "O(1)",
    convergence: LOCAL_ONLY,
    parse: (args: readonly BinaryString[]) => args,
    run: (): Reply => OK,
  });
}

const SUBCOMMANDS = [
  sleep,
  object,
  protocol,
  error,
  stringmatchLen,
  log,
  digest,
  populate,
  defineSwitch("SET-ACTIVE-EXPIRE", 3, "0 | 1", "Answers OK: no read shows an expired key, whatever is purged when."),
  defineSwitch("SET-DISABLE-DENY-SCRIPTS", 3, "0 | 1", "Answers OK."),
  defineSwitch("QUICKLIST-PACKED-THRESHOLD", 3, "size", "Answers OK."),
  defineSwitch("DICT-RESIZING", 3, "0 | 1", "Answers OK."),
  defineSwitch("REPLYBUFFER", -3, "option value", "Answers OK."),
  defineSwitch("PAUSE-CRON", 3, "0 | 1", "Answers OK."),
  defineSwitch("CHANGE-REPL-ID", 2, "", "Answers OK."),
  defineSwitch("JMAP", 2, "", "Answers OK."),
  defineSwitch("RELOAD", -2, "[option ...]", "Answers OK: the log is the database, there is nothing to reload."),
  defineSwitch("LOADAOF", 2, "", "Answers OK: the log is the database, there is nothing to reload."),
];

export const debug = defineContainer({
  name: "DEBUG",
  group: "server",
  since: "1.0.0",
  flags: FLAGS,
  summary: "What test suites of client libraries use.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("DEBUG", "server", "6.2.0", SUBCOMMANDS)],
});
