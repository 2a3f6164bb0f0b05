import type { Random } from "../../../src/base/random.ts";
import type { KeyType } from "../../../src/crdt/operations/operation-kind.ts";
import type { Transaction } from "../../../src/keyspace/transaction-port.ts";
import type { EngineRegion } from "../engine-world.ts";

/** Random commands on sets and sorted sets for the histories, and what they make of a key. */

const MEMBERS = ["m", "n", "o"];
const SCORES = [0, 1, -2.5, 0.1, 7, Number.POSITIVE_INFINITY];

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** `type`: what the key holds for this region. */
export function actOnSorted(region: EngineRegion, key: string, type: KeyType | null, random: Random): void {
  const members = [...new Set([pick(random, MEMBERS), pick(random, MEMBERS)])];
  const [member] = members;
  const scored = members.map((one) => ({ member: one, score: pick(random, SCORES) }));
  const increment = pick(random, SCORES.filter(Number.isFinite));
  region.run((tx) => {
    if (type === "set" || (type === null && random.below(2) === 0)) {
      const what = random.below(8);
      if (what < 5) tx.sets.add(key, members);
      else if (what < 7) tx.sets.remove(key, members);
      else tx.sets.store(key, members);
      return;
    }
    if (type !== "zset" && type !== null) return;
    const what = random.below(10);
    if (what < 3) tx.sortedSets.put(key, scored);
    else if (what < 7) tx.sortedSets.add(key, member!, increment);
    else if (what < 9) tx.sortedSets.remove(key, members);
    else tx.sortedSets.store(key, scored);
  });
}

/** Members, with their scores as texts or with nothing. */
export function sortedValue(tx: Transaction, key: string, type: "set" | "zset"): Record<string, string> {
  if (type === "set") return Object.fromEntries(tx.sets.get(key)!.members.map((member) => [member, ""]));
  const set = tx.sortedSets.get(key)!;
  const inOrder = set.slice(0, set.size);
  for (const [rank, { member }] of inOrder.entries()) {
    if (set.rankOf(member) !== rank)
      throw new Error(`${member} has rank ${set.rankOf(member)}, and is found at ${rank}`);
  }
  return Object.fromEntries(inOrder.map(({ member, score }) => [member, String(score)]));
}
