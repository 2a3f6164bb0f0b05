import type { BinaryString } from "../../base/bytes.ts";
import { parseInt64 } from "../../crdt/delta.ts";
import type { SetView } from "../../keyspace/types/set/set-port.ts";
import { SetReply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { definerOfReads } from "./define-read.ts";
import { scanOptions } from "./scan-options.ts";

/** Reading one set. */

/** Sets of integers up to this many members are sorted by number in Redis, and so answered. */
const SORTED_INTEGERS_MAX = 512;

const defineSetRead = definerOfReads<SetView>("set", (tx, key) => tx.sets.get(key));

const nothing = (): null => null;

/** In the order in which Redis would have them where that is known: small sets of integers by number. */
export function membersInOrder(members: readonly BinaryString[]): readonly BinaryString[] {
  if (members.length > SORTED_INTEGERS_MAX || members.some((member) => parseInt64(member) === null)) return members;
  return members.toSorted((left, right) => {
    const [small, large] = [parseInt64(left)!, parseInt64(right)!];
    if (small === large) return 0;
    return small < large ? -1 : 1;
  });
}

export const sismember = defineSetRead({
  name: "SISMEMBER",
  since: "1.0.0",
  arity: 3,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key member",
  summary: "Answers 1 when a set has a member, else 0.",
  complexity: "O(1)",
  parse: (args) => args[1]!,
  answer: (set, member) => (set?.has(member) === true ? 1 : 0),
});

export const smismember = defineSetRead({
  name: "SMISMEMBER",
  since: "6.2.0",
  arity: -3,
  flags: ["readonly", "fast"],
  syntax: "key member [member ...]",
  summary: "Answers for each of several members whether a set has it.",
  complexity: "O(N) in the number of members given",
  parse: (args) => args.slice(1),
  answer: (set, members) => members.map((member) => (set?.has(member) === true ? 1 : 0)),
});

export const smembers = defineSetRead({
  name: "SMEMBERS",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "key",
  summary: "Answers all members of a set.",
  complexity: "O(N) in the size of the set",
  parse: nothing,
  answer: (set) => new SetReply(set === null ? [] : membersInOrder([...set.members])),
});

export const scard = defineSetRead({
  name: "SCARD",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key",
  summary: "Answers how many members a set has.",
  complexity: "O(1)",
  parse: nothing,
  answer: (set) => set?.size ?? 0,
});

export const sscan = defineCommand({
  name: "SSCAN",
  group: "set",
  since: "2.8.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  summary: "Walks the members of a set, some at a time.",
  complexity: "O(COUNT) a call, O(N) for a whole walk",
  convergence: `${READS_LOCALLY} A member that is there during the whole walk is answered.`,
  parse: (args) => ({ key: args[0]!, options: scanOptions(args[1]!, args.slice(2), []) }),
  run(tx, { key, options }) {
    const found: BinaryString[] = [];
    const next = tx.sets.get(key)?.scan(options.cursor, options.count, (member) => {
      if (options.match === null || options.match.matches(member)) found.push(member);
    });
    return [String(next ?? 0), found];
  },
});
