import type { BinaryString } from "../../base/bytes.ts";
import type { Scored } from "../../crdt/score.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import { DoubleReply, type Reply } from "../../resp/reply.ts";
import { GT_LT_OR_NX, INCR_ONE_PAIR, SCORE_NOT_A_NUMBER, XX_WITH_NX } from "../collection-refusals.ts";
import { defineCommand } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { doubleWord } from "./double-words.ts";

/** Writing sorted sets: each score is a register with increments. */

const SCORES =
  "Z1, Z4: of two scores given to one member the later wins, and concurrent increments are added to it. " +
  "Z3: a removal takes only what it has seen.";
const DEADLINE = " The sorted set keeps the deadline it had (E4b, E5).";

const OPTION_NAMES = ["NX", "XX", "GT", "LT", "CH", "INCR"] as const;
export type AddOption = (typeof OPTION_NAMES)[number];
const OPTIONS: ReadonlyMap<string, AddOption> = new Map(OPTION_NAMES.map((name) => [name, name]));
const OPTION_LENGTH_MAX = 4;
const NO_OPTIONS: ReadonlySet<AddOption> = new Set();

export interface AddRequest {
  readonly key: BinaryString;
  readonly options: ReadonlySet<AddOption>;
  readonly scored: readonly Scored[];
}

function optionOf(word: BinaryString): AddOption | undefined {
  return word.length > OPTION_LENGTH_MAX ? undefined : OPTIONS.get(word.toUpperCase());
}

function scoredAt(args: readonly BinaryString[], index: number): Scored {
  return { score: doubleWord(args[index]!), member: args[index + 1]! };
}

function checkOptions(options: ReadonlySet<AddOption>, words: number): void {
  const has = (...names: readonly AddOption[]): boolean => names.every((name) => options.has(name));
  if (has("NX", "XX")) throw XX_WITH_NX;
  if (has("GT", "NX") || has("LT", "NX") || has("GT", "LT")) throw GT_LT_OR_NX;
  if (has("INCR") && words > 2) throw INCR_ONE_PAIR;
}

function addRequest(args: readonly BinaryString[]): AddRequest {
  let options = NO_OPTIONS;
  let from = 1;
  for (; from < args.length; from++) {
    const option = optionOf(args[from]!);
    if (option === undefined) break;
    options = new Set(options).add(option);
  }
  const words = args.length - from;
  if (words === 0 || words % 2 !== 0) throw SYNTAX_ERROR;
  if (options.size > 0) checkOptions(options, words);
  // Begun with its first: an array that begins empty makes room for sixteen more.
  const scored = [scoredAt(args, from)];
  for (let index = from + 2; index < args.length; index += 2) scored.push(scoredAt(args, index));
  return { key: args[0]!, options, scored };
}

/** Whether the conditions let a member go from `before` (null: not there) to `after`. */
function allows(options: ReadonlySet<AddOption>, before: number | null, after: number): boolean {
  if (before === null) return !options.has("XX");
  if (options.has("NX")) return false;
  if (options.has("GT")) return after > before;
  return !options.has("LT") || after < before;
}

/** ZADD without INCR: what comes later in the call sees what came before. */
export function addAll(tx: Transaction, { key, options, scored }: AddRequest): number {
  const set = tx.sortedSets.get(key);
  if (scored.length === 1) return addOne(tx, key, options, set, scored);
  const decided = new Map<BinaryString, number>();
  let [added, updated] = [0, 0];
  for (const { member, score } of scored) {
    const before = decided.get(member) ?? set?.score(member) ?? null;
    if (!allows(options, before, score)) continue;
    if (before === null) added++;
    else if (before !== score) updated++;
    decided.set(member, score);
  }
  if (decided.size > 0)
    tx.sortedSets.put(
      key,
      Array.from(decided, ([member, score]) => ({ member, score })),
    );
  return options.has("CH") ? added + updated : added;
}

function addOne(
  tx: Transaction,
  key: BinaryString,
  options: ReadonlySet<AddOption>,
  set: SortedSetView | null,
  scored: readonly Scored[],
): number {
  const { member, score } = scored[0]!;
  const before = set?.score(member) ?? null;
  if (!allows(options, before, score)) return 0;
  tx.sortedSets.put(key, scored);
  return before === null || (options.has("CH") && before !== score) ? 1 : 0;
}

/** ZINCRBY and ZADD … INCR; null when the conditions do not let it happen. */
function increase(
  tx: Transaction,
  key: BinaryString,
  member: BinaryString,
  increment: number,
  options: ReadonlySet<AddOption>,
): Reply {
  const set: SortedSetView | null = tx.sortedSets.get(key);
  const before = set?.score(member) ?? null;
  const after = set?.increased(member, increment) ?? increment;
  if (before === null ? options.has("XX") : options.has("NX")) return null;
  if (Number.isNaN(after)) throw SCORE_NOT_A_NUMBER;
  if (!allows(options, before, after)) return null;
  tx.sortedSets.add(key, member, increment);
  return new DoubleReply(after);
}

export const zadd = defineCommand<AddRequest>({
  name: "ZADD",
  group: "sorted-set",
  since: "1.2.0",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
  summary: "Gives members of a sorted set their scores; answers how many are new.",
  complexity: "O(log(N)) for each member given",
  convergence: `${SCORES} Z5: conditions are decided by what this region sees.${DEADLINE}`,
  parse: addRequest,
  run(tx, request) {
    if (!request.options.has("INCR")) return addAll(tx, request);
    const { member, score } = request.scored[0]!;
    return increase(tx, request.key, member, score, request.options);
  },
});

export const zincrby = defineCommand({
  name: "ZINCRBY",
  group: "sorted-set",
  since: "1.2.0",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key increment member",
  summary: "Adds to the score of a member; an absent one counts as 0.",
  complexity: "O(log(N))",
  convergence: `Z2-Z4, C13: concurrent increments add up, as exact decimals, and outlive a removal that had not seen them.${DEADLINE}`,
  parse: (args) => ({ key: args[0]!, increment: doubleWord(args[1]!), member: args[2]! }),
  run: (tx, { key, increment, member }) => increase(tx, key, member, increment, NO_OPTIONS),
});

export const zrem = defineCommand({
  name: "ZREM",
  group: "sorted-set",
  since: "1.2.0",
  arity: -3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key member [member ...]",
  summary: "Removes members from a sorted set; the key goes with its last one.",
  complexity: "O(M*log(N)) for M members given",
  convergence: "Z3: removes what this region sees; a score or an increment it has not seen stays.",
  parse: (args) => ({ key: args[0]!, members: args.slice(1) }),
  run(tx, { key, members }) {
    const set = tx.sortedSets.get(key);
    if (set === null) return 0;
    const present = [...new Set(members)].filter((member) => set.score(member) !== null);
    if (present.length > 0) tx.sortedSets.remove(key, present);
    return present.length;
  },
});
