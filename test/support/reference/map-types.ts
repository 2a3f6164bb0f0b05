import type { Operation } from "../../../src/crdt/operation.ts";
import { OP, type KeyType } from "../../../src/crdt/operations/operation-kind.ts";
import { scoreOf, scoreText } from "../../../src/crdt/score.ts";

/**
 * Types whose values are named elements, each a register with increments: hashes, sets, whose members have no values, and sorted
 * sets, whose members have scores. What the reference model asks about their operations.
 */
export interface MapType {
  readonly type: KeyType;
  /** The elements that the operation writes a value of, by name; null for operations that do not. */
  puts(operation: Operation): ReadonlyMap<string, string> | null;
  /** The element that the operation adds to, and what. */
  adds(operation: Operation): { readonly name: string; readonly delta: string } | null;
  /** The elements that the operation removes, and does nothing more to. */
  removes(operation: Operation): readonly string[];
  /** The value of a register as it is shown. */
  shown(text: string): string;
}

const asItIs = (text: string): string => text;

const HASHES: MapType = {
  type: "hash",
  puts: (operation) => (operation.op === OP.hashPut ? pairsOf(operation.pairs) : null),
  adds: (operation) => (operation.op === OP.hashAdd ? { name: operation.field, delta: String(operation.delta) } : null),
  removes: (operation) => (operation.op === OP.hashRemove ? operation.fields : []),
  shown: asItIs,
};

const SETS: MapType = {
  type: "set",
  puts: (operation) =>
    operation.op === OP.setAdd ? new Map(operation.members.map((member) => [member, ""] as const)) : null,
  adds: () => null,
  removes: (operation) => (operation.op === OP.setRemove ? operation.members : []),
  shown: asItIs,
};

const SORTED_SETS: MapType = {
  type: "zset",
  puts: (operation) =>
    operation.op === OP.sortedSetPut
      ? new Map(operation.members.map((member, index) => [member, scoreText(operation.scores[index]!)] as const))
      : null,
  adds: (operation) =>
    operation.op === OP.sortedSetAdd ? { name: operation.member, delta: String(operation.delta) } : null,
  removes: (operation) => (operation.op === OP.sortedSetRemove ? operation.members : []),
  shown: (text) => String(scoreOf(text)),
};

export const MAP_TYPES: readonly MapType[] = [HASHES, SETS, SORTED_SETS];

export function mapTypeOf(type: KeyType): MapType {
  return MAP_TYPES.find((one) => one.type === type)!;
}

/** Elements that the operation brings or adds to. */
export function namesOf(mapType: MapType, operation: Operation): readonly string[] {
  const added = mapType.adds(operation);
  return added === null ? [...(mapType.puts(operation)?.keys() ?? [])] : [added.name];
}

function pairsOf(pairs: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let index = 0; index < pairs.length; index += 2) map.set(pairs[index]!, pairs[index + 1]!);
  return map;
}
