import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { SetView } from "../../keyspace/types/set/set-port.ts";

/** Unions, intersections and differences of sets; the keys in order, each checked for its type whatever the others hold. */

export type SetAlgebra = (tx: Transaction, keys: readonly BinaryString[]) => readonly BinaryString[];

export function union(tx: Transaction, keys: readonly BinaryString[]): readonly BinaryString[] {
  const result = new Set<BinaryString>();
  for (const set of setsOf(tx, keys)) for (const member of set?.members ?? []) result.add(member);
  return [...result];
}

export function intersection(tx: Transaction, keys: readonly BinaryString[]): readonly BinaryString[] {
  return intersectionUpTo(tx, keys, Number.POSITIVE_INFINITY);
}

/** The first members of the intersection, as many as asked for: the smallest set is walked, the others are asked. */
export function intersectionUpTo(
  tx: Transaction,
  keys: readonly BinaryString[],
  limit: number,
): readonly BinaryString[] {
  const sets = setsOf(tx, keys);
  const result: BinaryString[] = [];
  if (sets.includes(null)) return result;
  const [smallest, ...others] = (sets as SetView[]).toSorted((left, right) => left.size - right.size);
  for (const member of smallest!.members) {
    if (!others.every((set) => set.has(member))) continue;
    result.push(member);
    if (result.length >= limit) break;
  }
  return result;
}

export function difference(tx: Transaction, keys: readonly BinaryString[]): readonly BinaryString[] {
  const [first, ...others] = setsOf(tx, keys);
  return (first?.members ?? []).filter((member) => !others.some((set) => set?.has(member) === true));
}

function setsOf(tx: Transaction, keys: readonly BinaryString[]): (SetView | null)[] {
  return keys.map((key) => tx.sets.get(key));
}
