import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";

import { ReplyError } from "../../resp/reply-error.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { decodeValue } from "../rdb/decode-value.ts";
import { dumpOf } from "../rdb/encode-value.ts";
import { openPayload } from "../rdb/payload.ts";
import { BAD_DATA_FORMAT, BAD_FREQUENCY, BAD_IDLE_TIME, BAD_PAYLOAD, BAD_TTL, BUSY_KEY } from "../rdb/refusals.ts";
import { restorable, restoreValue, type RestorableValue } from "../rdb/restore-value.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";

/** Values out of the database and into it again, in the form that Redis has for it. */

const FREQUENCY_MAX = 255;

export const dump = defineCommand({
  name: "DUMP",
  group: "generic",
  since: "2.6.0",
  arity: 2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key",
  summary: "Answers the value at a key in Redis' serialised form, for RESTORE here or in a Redis.",
  complexity: "O(N) in the size of the value",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key) => dumpOf(tx, key),
});

interface RestoreOptions {
  replace: boolean;
  absolute: boolean;
  /** Seconds; null when not given. */
  idleS: number | null;
}

export const restore = defineCommand({
  name: "RESTORE",
  group: "generic",
  since: "2.6.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["OW", "update"] },
  categories: ["dangerous"],
  syntax: "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
  summary: "Makes a key of what DUMP answered, here or in a Redis. ttl: milliseconds, 0 for none.",
  complexity: "O(N) in the size of the value",
  convergence: "K4: a write like any other: what this region has observed of the key is replaced by the value.",
  parse: (args) => ({ key: args[0]!, ttl: args[1]!, payload: args[2]!, options: restoreOptions(args) }),
  run(tx, { key, ttl, payload, options }, call): Reply {
    // In Redis' order: the key, the time, the payload.
    const existed = tx.typeOf(key) !== null;
    if (existed && !options.replace) throw BUSY_KEY;
    const ttlMs = clampedIntegerWord(ttl);
    if (ttlMs < 0) throw BAD_TTL;
    const value = valueOf(payload);
    const atMs = options.absolute || ttlMs === 0 ? ttlMs : Math.min(tx.nowMs + ttlMs, Number.MAX_SAFE_INTEGER);
    if (atMs !== 0 && atMs <= tx.nowMs) {
      if (existed && tx.delete(key)) notify(call, "generic", "del", key);
      return OK;
    }
    restoreValue(tx, key, value);
    if (atMs !== 0 && tx.typeOf(key) !== null) tx.setDeadline(key, atMs);
    if (options.idleS !== null) tx.setIdle(key, options.idleS * 1000);
    notify(call, "generic", "restore", key);
    return OK;
  },
});

function restoreOptions(args: readonly BinaryString[]): RestoreOptions {
  const options: RestoreOptions = { replace: false, absolute: false, idleS: null };
  let frequency: number | null = null;
  for (let at = 3; at < args.length; at++) {
    const [word, next] = [args[at], args[at + 1]];
    if (isWord(word, "REPLACE")) options.replace = true;
    else if (isWord(word, "ABSTTL")) options.absolute = true;
    else if (isWord(word, "IDLETIME") && next !== undefined && frequency === null) {
      options.idleS = clampedIntegerWord(next);
      if (options.idleS < 0) throw BAD_IDLE_TIME;
      at++;
    } else if (isWord(word, "FREQ") && next !== undefined && options.idleS === null) {
      frequency = clampedIntegerWord(next);
      if (frequency < 0 || frequency > FREQUENCY_MAX) throw BAD_FREQUENCY;
      at++;
    } else throw SYNTAX_ERROR;
  }
  return options;
}

function valueOf(payload: BinaryString): RestorableValue {
  const body = openPayload(payload);
  if (body === null) throw BAD_PAYLOAD;
  try {
    return restorable(decodeValue(body));
  } catch (error) {
    // What the reader of JSON refuses is a malformed payload too.
    if (error instanceof MalformedBytesError || error instanceof ReplyError) throw BAD_DATA_FORMAT;
    throw error;
  }
}
