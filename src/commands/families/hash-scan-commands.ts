import type { BinaryString } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { HashView } from "../../keyspace/types/hash/hash-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { OUT_OF_RANGE, outOfRange, SYNTAX_ERROR } from "../refusals.ts";
import { integerWord, isWord } from "../words.ts";
import { scanOptions } from "./scan-options.ts";

/** Parts of a hash: by cursor, and at random. */

export const hscan = defineCommand({
  name: "HSCAN",
  group: "hash",
  since: "2.8.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
  summary: "Walks the fields of a hash, some at a time.",
  complexity: "O(COUNT) a call, O(N) for a whole walk",
  convergence: `${READS_LOCALLY} A field that is there during the whole walk is answered.`,
  parse: (args) => ({ key: args[0]!, options: scanOptions(args[1]!, args.slice(2), ["NOVALUES"]) }),
  run(tx, { key, options }) {
    const found: BinaryString[] = [];
    const hash = tx.hashes.get(key);
    if (hash === null) return ["0", found];
    const next = hash.scan(options.cursor, options.count, (field, value) => {
      if (options.match !== null && !options.match.matches(field)) return;
      found.push(field);
      if (!options.noValues) found.push(value);
    });
    return [String(next), found];
  },
});

interface RandomFieldRequest {
  readonly key: BinaryString;
  /** Null: one field, not in an array. Negative: fields may repeat. */
  readonly count: number | null;
  readonly withValues: boolean;
}

/** Fields of one answer with repetition: bounds what a single word (`-1000000000`) can make us build. */
const RANDOM_FIELDS_MAX = 10_000_000;

export const hrandfield = defineCommand<RandomFieldRequest>({
  name: "HRANDFIELD",
  group: "hash",
  since: "6.2.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [count [WITHVALUES]]",
  summary: "Answers random fields of a hash: distinct ones, or with a negative count possibly repeated ones.",
  complexity: "O(N) in the size of the hash",
  convergence: READS_LOCALLY,
  parse(args) {
    const key = args[0]!;
    if (args.length === 1) return { key, count: null, withValues: false };
    const count = integerWord(args[1]!);
    if (count === -9223372036854775808n) throw outOfRange("-9223372036854775807", "9223372036854775807");
    if (args.length > 3 || (args.length === 3 && !isWord(args[2], "WITHVALUES"))) throw SYNTAX_ERROR;
    const withValues = args.length === 3;
    const half = 4611686018427387903n;
    if (withValues && (BigInt(count) > half || BigInt(count) < -half)) throw OUT_OF_RANGE;
    return { key, count: Number(count), withValues };
  },
  run(tx, { key, count, withValues }, call) {
    const hash = tx.hashes.get(key);
    if (hash === null) return count === null ? null : [];
    const { random } = call.server;
    if (count === null) return chooseRepeated(hash, 1, random)[0]![0];
    if (count < -RANDOM_FIELDS_MAX) throw OUT_OF_RANGE;
    const chosen = count < 0 ? chooseRepeated(hash, -count, random) : chooseDistinct(hash, count, random);
    if (!withValues) return chosen.map(([field]) => field);
    // A pair is an array of its own in RESP3 and two items of the flat array in RESP2.
    return call.session.protocol === 3 ? chosen : (chosen.flat() as readonly Reply[]);
  },
});

type Entry = readonly [BinaryString, BinaryString];

function chooseRepeated(hash: HashView, count: number, random: Random): Entry[] {
  const entries = [...hash.entries()];
  return Array.from({ length: count }, () => entries[random.below(entries.length)]!);
}

/** The first `count` steps of a Fisher-Yates shuffle. */
function chooseDistinct(hash: HashView, count: number, random: Random): Entry[] {
  const entries: Entry[] = [...hash.entries()];
  if (count >= entries.length) return entries;
  for (let index = 0; index < count; index++) {
    const other = index + random.below(entries.length - index);
    const swapped = entries[index]!;
    entries[index] = entries[other]!;
    entries[other] = swapped;
  }
  return entries.slice(0, count);
}
