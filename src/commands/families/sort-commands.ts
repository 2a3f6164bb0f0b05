import type { BinaryString } from "../../base/bytes.ts";
import { WrongTypeError, type Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { SORT_BY_DENIED, SORT_GET_DENIED } from "../refusals.ts";
import { notifyStored } from "../messages/notify.ts";
import { NOT_SORTABLE } from "../rdb/refusals.ts";
import { sortOptions, type SortOptions } from "./sort-options.ts";

/** SORT: the elements of a list, set or sorted set in an order that other keys may give. */

const SHARED = {
  group: "generic",
  arity: -2,
  categories: ["set", "sortedset", "list", "dangerous"],
  complexity: "O(N+M*log(M)) in the elements there are and those that are answered",
} as const;
const SYNTAX = "[BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]";

export const sort = defineCommand({
  ...SHARED,
  name: "SORT",
  since: "1.0.0",
  flags: ["write", "denyoom"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
    // BY and GET: their names come out of what is sorted.
    { unknown: true, flags: ["RO", "access"] },
    { unknown: true, flags: ["OW", "update"] },
  ],
  findKeys(argv) {
    const source = { index: 1, flags: ["RO", "access"] } as const;
    const target = storeWordAt(argv);
    return target === null ? [source] : [source, { index: target, flags: ["OW", "update"] }];
  },
  syntax: `key ${SYNTAX} [STORE destination]`,
  summary:
    "Answers the elements of a list, set or sorted set sorted, or what other keys say of each; stores them as a list.",
  convergence: "K4, L2: stored as a new list of what this region saw; what was observed of the destination is deleted.",
  parse: (args) => ({ key: args[0]!, options: sortOptions(args.slice(1), true) }),
  run(tx, { key, options }, call): Reply {
    const sorted = sortedOf(tx, key, options, call);
    const { store } = options;
    if (store === null) return sorted;
    const existed = tx.typeOf(store) !== null;
    tx.lists.store(
      store,
      sorted.map((value) => value ?? ""),
    );
    notifyStored(call, "list", "sortstore", store, { existed, isEmpty: sorted.length === 0 });
    return sorted.length;
  },
});

export const sortRo = defineCommand({
  ...SHARED,
  name: "SORT_RO",
  since: "7.0.0",
  flags: ["readonly"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
    { unknown: true, flags: ["RO", "access"] },
  ],
  findKeys: () => [{ index: 1, flags: ["RO", "access"] }],
  syntax: `key ${SYNTAX}`,
  summary: "SORT without STORE: for read-only users and scripts.",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, options: sortOptions(args.slice(1), false) }),
  run: (tx, { key, options }, call): Reply => sortedOf(tx, key, options, call),
});

/** The last destination counts; the words of BY, GET and LIMIT are none. */
function storeWordAt(argv: readonly BinaryString[]): number | null {
  const WORDS_BEHIND: Readonly<Record<string, number>> = { LIMIT: 2, BY: 1, GET: 1 };
  let found: number | null = null;
  for (let at = 2; at < argv.length; at++) {
    const word = argv[at]!.toUpperCase();
    if (word === "STORE" && at + 1 < argv.length) found = ++at;
    else at += Object.hasOwn(WORDS_BEHIND, word) ? WORDS_BEHIND[word]! : 0;
  }
  return found;
}

/** BY and GET read keys that no rule on the arguments can see: only for those who may read all of them. */
function refuseUnreadable({ by, gets }: SortOptions, { session }: CommandCall): void {
  const { user } = session;
  if (user.allowsAll || user.rules.readsAllKeys) return;
  if (by?.hasStar === true) throw SORT_BY_DENIED;
  if (gets.some((get) => get !== null)) throw SORT_GET_DENIED;
}

function sortedOf(
  tx: Transaction,
  key: BinaryString,
  options: SortOptions,
  call: CommandCall,
): (BinaryString | null)[] {
  refuseUnreadable(options, call);
  const type = tx.typeOf(key);
  const asIs = options.by !== null && !options.by.hasStar;
  // An order that is not asked for must still be the same everywhere when something comes of it.
  const mustSort = asIs && type === "set" && (options.store !== null || call.isAtomic === true);
  let elements = elementsOf(tx, key, asIs && options.descending);
  if (mustSort) elements = alphabetical(tx, elements, { ...options, by: null });
  else if (!asIs) elements = options.alpha ? alphabetical(tx, elements, options) : numerical(tx, elements, options);
  const end = options.count < 0 ? elements.length : options.offset + options.count;
  const taken = elements.slice(options.offset, end);
  if (options.gets.length === 0) return taken;
  return taken.flatMap((element) => options.gets.map((get) => (get === null ? element : get.valueFor(tx, element))));
}

/** `reversed`: a sorted set from its highest score down. Only its own order has a direction, nobody else's. */
function elementsOf(tx: Transaction, key: BinaryString, reversed: boolean): readonly BinaryString[] {
  switch (tx.typeOf(key)) {
    case null:
      return [];
    case "list": {
      const list = tx.lists.get(key)!;
      return list.slice(0, list.size);
    }
    case "set":
      return tx.sets.get(key)!.members;
    case "zset": {
      const zset = tx.sortedSets.get(key)!;
      const members = zset.slice(0, zset.size).map(({ member }) => member);
      return reversed ? members.toReversed() : members;
    }
    default:
      throw new WrongTypeError();
  }
}

interface Weighed<Weight> {
  readonly element: BinaryString;
  readonly weight: Weight;
}

/** By numbers; equal ones by the elements' bytes. What has no weight counts as 0. */
function numerical(tx: Transaction, elements: readonly BinaryString[], { by, descending }: SortOptions) {
  const weighed = elements.map((element): Weighed<number> => {
    const text = by === null ? element : by.valueFor(tx, element);
    return { element, weight: text === null ? 0 : weightOf(text) };
  });
  const compare = (left: Weighed<number>, right: Weighed<number>): number => {
    if (left.weight !== right.weight) return left.weight < right.weight ? -1 : 1;
    return compareBytes(left.element, right.element);
  };
  return inOrder(weighed, compare, descending);
}

/** By bytes; what has no weight comes first. */
function alphabetical(tx: Transaction, elements: readonly BinaryString[], { by, descending }: SortOptions) {
  const weighed = elements.map((element): Weighed<BinaryString | null> => {
    return { element, weight: by === null ? element : by.valueFor(tx, element) };
  });
  const compare = ({ weight: left }: Weighed<BinaryString | null>, { weight: right }: Weighed<BinaryString | null>) => {
    if (left === null || right === null) return Number(left !== null) - Number(right !== null);
    return compareBytes(left, right);
  };
  return inOrder(weighed, compare, descending);
}

function inOrder<Weight>(
  weighed: readonly Weighed<Weight>[],
  compare: (left: Weighed<Weight>, right: Weighed<Weight>) => number,
  descending: boolean,
): BinaryString[] {
  const sorted = weighed.toSorted(descending ? (left, right) => compare(right, left) : compare);
  return sorted.map(({ element }) => element);
}

function compareBytes(left: BinaryString, right: BinaryString): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** What a C library reads as a double, to the last byte: leading space, hexadecimal and infinities too. */
const DOUBLE = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?)$/iu;

function weightOf(text: BinaryString): number {
  if (text === "") return 0;
  if (!DOUBLE.test(text)) throw NOT_SORTABLE;
  const word = text.trim();
  if (/inf/iu.test(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(word);
  if (!Number.isFinite(value)) throw NOT_SORTABLE;
  return value;
}
