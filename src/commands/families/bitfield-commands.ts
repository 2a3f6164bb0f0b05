import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { KEEP_DEADLINE } from "../../keyspace/types/string/string-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { fitted, readInteger, withInteger, type BitType, type Overflow } from "../bits/bit-integer.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import type { KeyFlag } from "../key-specs.ts";
import { notify } from "../messages/notify.ts";
import { BIT_OFFSET, BITFIELD_OVERFLOW, BITFIELD_READ_ONLY, BITFIELD_TYPE, SYNTAX_ERROR } from "../refusals.ts";
import { integerWord, isWord } from "../words.ts";
import { bitOffsetWord } from "./bit-commands.ts";

/** BITFIELD: integers of any width inside a string, in one command many of them. */

interface FieldStep {
  readonly kind: "get" | "set" | "incrby";
  readonly type: BitType;
  readonly offset: number;
  readonly value: bigint;
  readonly overflow: Overflow;
}

interface BitfieldRequest {
  readonly key: BinaryString;
  readonly steps: readonly FieldStep[];
}

const OVERFLOWS: Readonly<Record<string, Overflow>> = { WRAP: "wrap", SAT: "sat", FAIL: "fail" };
const KINDS: Readonly<Record<string, FieldStep["kind"]>> = { GET: "get", SET: "set", INCRBY: "incrby" };

/** `i1`–`i64`, `u1`–`u63`. */
function typeWord(word: BinaryString): BitType {
  const match = /^([iu])([1-9][0-9]?)$/u.exec(word);
  const bits = Number(match?.[2]);
  const signed = match?.[1] === "i";
  if (match === null || bits > (signed ? 64 : 63)) throw BITFIELD_TYPE;
  return { signed, bits };
}

/** A bit, or with `#` the place of the n-th integer of that width. */
function offsetWord(word: BinaryString, { bits }: BitType): number {
  if (!word.startsWith("#")) return bitOffsetWord(word);
  const index = integerWord(word.slice(1), BIT_OFFSET);
  return bitOffsetWord(String(BigInt(index) * BigInt(bits)));
}

function parseSteps(args: readonly BinaryString[], readOnly: boolean): BitfieldRequest {
  const steps: FieldStep[] = [];
  let overflow: Overflow = "wrap";
  for (let at = 1; at < args.length;) {
    const word = args[at]!.toUpperCase();
    if (word === "OVERFLOW" && at + 1 < args.length) {
      const chosen = OVERFLOWS[args[at + 1]!.toUpperCase()];
      if (chosen === undefined) throw BITFIELD_OVERFLOW;
      overflow = chosen;
      at += 2;
      continue;
    }
    const kind = KINDS[word];
    const width = kind === "get" ? 3 : 4;
    if (kind === undefined || at + width > args.length) throw SYNTAX_ERROR;
    const type = typeWord(args[at + 1]!);
    const offset = offsetWord(args[at + 2]!, type);
    const value = kind === "get" ? 0n : BigInt(integerWord(args[at + 3]!));
    steps.push({ kind, type, offset, value, overflow });
    at += width;
  }
  if (readOnly && steps.some(({ kind }) => kind !== "get")) throw BITFIELD_READ_ONLY;
  return { key: args[0]!, steps };
}

const READS: readonly KeyFlag[] = ["RO", "access"];
const WRITES: readonly KeyFlag[] = ["RW", "access", "update"];

function shown(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Runs the steps on the value; answers their results and the value after them. */
function runSteps(text: BinaryString, steps: readonly FieldStep[]): { readonly after: BinaryString; results: Reply[] } {
  let after = text;
  const results = steps.map(({ kind, type, offset, value, overflow }): Reply => {
    const before = readInteger(after, offset, type);
    if (kind === "get") return shown(before);
    const next = fitted(kind === "set" ? value : before + value, type, overflow);
    if (next === null) return null;
    after = withInteger(after, offset, type, next);
    return shown(kind === "set" ? before : next);
  });
  return { after, results };
}

function read(tx: Transaction, { key, steps }: BitfieldRequest): Reply {
  return runSteps(tx.strings.get(key) ?? "", steps).results;
}

export const bitfield = defineCommand<BitfieldRequest>({
  name: "BITFIELD",
  group: "bitmap",
  since: "3.2.0",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update", "variable_flags"] },
  findKeys: (argv) => [
    { index: 1, flags: argv.some((word) => isWord(word, "SET") || isWord(word, "INCRBY")) ? WRITES : READS },
  ],
  syntax:
    "key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]",
  summary: "Reads, sets and increments integers of any width inside a string value.",
  complexity: "O(N) in the length of the value, once a step that writes",
  convergence: "S5: writes the whole value: of two concurrent edits one wins and the other is lost.",
  parse: (args) => parseSteps(args, false),
  run(tx, request, call): Reply {
    if (request.steps.every(({ kind }) => kind === "get")) return read(tx, request);
    const before = tx.strings.get(request.key) ?? "";
    const end = Math.max(...request.steps.map(({ offset, type }) => offset + type.bits));
    if (end / 8 > call.server.config.stringBytesMax) throw BIT_OFFSET;
    const { after, results } = runSteps(before, request.steps);
    if (after === before) return results;
    tx.strings.set(request.key, after, KEEP_DEADLINE);
    notify(call, "string", "setbit", request.key);
    return results;
  },
});

export const bitfieldRo = defineCommand<BitfieldRequest>({
  name: "BITFIELD_RO",
  group: "bitmap",
  since: "6.0.0",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key [GET encoding offset [GET encoding offset ...]]",
  summary: "Reads integers of any width inside a string value.",
  complexity: "O(1) for each",
  convergence: READS_LOCALLY,
  parse: (args) => parseSteps(args, true),
  run: read,
});
