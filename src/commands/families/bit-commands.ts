import type { BinaryString } from "../../base/bytes.ts";
import { KEEP_DEADLINE } from "../../keyspace/types/string/string-port.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import { bitRangeWords, resolveBitRange } from "../bits/bit-range.ts";
import { countOnes, findBit, getBit, withBit } from "../bits/bit-string.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { BIT_OFFSET, BIT_VALUE, BITPOS_VALUE, SYNTAX_ERROR } from "../refusals.ts";
import { integerWord } from "../words.ts";

/** Strings as bitmaps: single bits, counted and found. */

const WHOLE_VALUE = "S5: writes the whole value: of two concurrent edits one wins and the other is lost.";
/** 512 MB of bits, as Redis; `proto-max-bulk-len` bounds it further. */
const BITS_MAX = 2 ** 32;

/** A bit's place. Throws Redis' refusal. */
export function bitOffsetWord(word: BinaryString, bulkBytesMax = Number.POSITIVE_INFINITY): number {
  const offset = integerWord(word, BIT_OFFSET);
  if (typeof offset !== "number" || offset < 0 || offset >= BITS_MAX || offset / 8 >= bulkBytesMax) throw BIT_OFFSET;
  return offset;
}

function bitWord(word: BinaryString, refusal: ReplyError): 0 | 1 {
  const bit = integerWord(word, refusal);
  if (bit !== 0 && bit !== 1) throw refusal;
  return bit;
}

export const setbit = defineCommand({
  name: "SETBIT",
  group: "bitmap",
  since: "2.2.0",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key offset value",
  summary: "Sets or clears one bit of a string value; answers what it was. Creates the key if it does not exist.",
  complexity: "O(N) in the length of the value",
  convergence: WHOLE_VALUE,
  parse: (args) => ({ key: args[0]!, offset: bitOffsetWord(args[1]!), bit: bitWord(args[2]!, BIT_VALUE) }),
  run(tx, { key, offset, bit }, call) {
    if (offset / 8 >= call.server.config.stringBytesMax) throw BIT_OFFSET;
    const before = tx.strings.get(key);
    const was = getBit(before ?? "", offset);
    // A bit that is as it should be costs no copy of the value, unless the value has to grow.
    if (before !== null && was === bit && offset < before.length * 8) return was;
    tx.strings.set(key, withBit(before ?? "", offset, bit), KEEP_DEADLINE);
    notify(call, "string", "setbit", key);
    return was;
  },
});

export const getbit = defineCommand({
  name: "GETBIT",
  group: "bitmap",
  since: "2.2.0",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key offset",
  summary: "Answers one bit of a string value; 0 beyond its end.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, offset: bitOffsetWord(args[1]!) }),
  run: (tx, { key, offset }) => getBit(tx.strings.get(key) ?? "", offset),
});

interface CountRequest {
  readonly key: BinaryString;
  /** Read only after the key's type has been looked at, as Redis does. */
  readonly range: readonly BinaryString[];
}

export const bitcount = defineCommand<CountRequest>({
  name: "BITCOUNT",
  group: "bitmap",
  since: "2.6.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key [start end [BYTE | BIT]]",
  summary: "Counts the ones of a string value, or of a part of it.",
  complexity: "O(N) in the length of the value",
  convergence: READS_LOCALLY,
  parse(args) {
    return { key: args[0]!, range: args.slice(1) };
  },
  run(tx, { key, range: words }) {
    const text = tx.strings.get(key) ?? "";
    if (words.length === 1) throw SYNTAX_ERROR;
    const range = bitRangeWords(words);
    const bits = text === "" ? null : resolveBitRange(range, text.length);
    return bits === null ? 0 : countOnes(text, bits.first, bits.last);
  },
});

interface FindRequest extends CountRequest {
  readonly bit: 0 | 1;
}

export const bitpos = defineCommand<FindRequest>({
  name: "BITPOS",
  group: "bitmap",
  since: "2.8.7",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key bit [start [end [BYTE | BIT]]]",
  summary: "Finds the first one, or the first zero, of a string value; -1 when there is none.",
  complexity: "O(N) in the length of the value",
  convergence: READS_LOCALLY,
  parse(args) {
    // A word that is no integer at all has a refusal of its own.
    integerWord(args[1]!);
    return { key: args[0]!, bit: bitWord(args[1]!, BITPOS_VALUE), range: args.slice(2) };
  },
  run(tx, { key, bit, range: words }) {
    const text = tx.strings.get(key);
    const range = bitRangeWords(words);
    // An absent key is an endless row of zeros.
    if (text === null) return bit === 1 ? -1 : 0;
    const bits = resolveBitRange(range, text.length);
    if (bits === null) return -1;
    const found = findBit(text, bit, bits.first, bits.last);
    // Without an end the value goes on in zeros.
    return found < 0 && bit === 0 && range.end === null ? bits.last + 1 : found;
  },
});
