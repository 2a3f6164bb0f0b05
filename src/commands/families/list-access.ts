import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ListEnd } from "../../keyspace/types/list/list-port.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";

/** What many commands of lists do: taking from an end, adding to one, and their words. */

/** Takes up to `count` values from one end, the outermost first; null when there is no such list. */
export function popValues(
  tx: Transaction,
  key: BinaryString,
  end: ListEnd,
  count: number,
): readonly BinaryString[] | null {
  const list = tx.lists.get(key);
  if (list === null) return null;
  if (count === 0) return [];
  const taken = Math.min(count, list.size);
  const span = end === "left" ? { from: 0, to: taken } : { from: list.size - taken, to: list.size };
  const values = list.slice(span.from, span.to);
  tx.lists.remove(key, [span]);
  return end === "left" ? values : values.toReversed();
}

/** Adds values at one end, one after the other; answers the length. */
export function pushValues(tx: Transaction, key: BinaryString, end: ListEnd, values: readonly BinaryString[]): number {
  const size = tx.lists.get(key)?.size ?? 0;
  if (end === "left") tx.lists.insert(key, 0, values.toReversed());
  else tx.lists.insert(key, size, values);
  return size + values.length;
}

export function endWord(word: string | undefined): ListEnd {
  if (isWord(word, "LEFT")) return "left";
  if (isWord(word, "RIGHT")) return "right";
  throw SYNTAX_ERROR;
}

/** An integer from `minimum` on; whatever else it is, the refusal is the one given. */
export function boundedWord(word: string, minimum: number, refusal: ReplyError): number {
  const value = clampedIntegerWord(word, refusal);
  if (value < minimum) throw refusal;
  return value;
}
