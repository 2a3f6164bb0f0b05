import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { shownType } from "../type-names.ts";

/**
 * What BY and GET name: a key with the element in the place of the first `*`, `weight_*`, or a field of such a hash,
 * `user_*->name`. A pattern without `*` names nothing.
 */
export class SortPattern {
  readonly hasStar: boolean;
  readonly #before: BinaryString;
  readonly #after: BinaryString;
  readonly #field: BinaryString | null;

  constructor(pattern: BinaryString) {
    const star = pattern.indexOf("*");
    this.hasStar = star >= 0;
    const arrow = pattern.indexOf("->", star + 1);
    // An arrow that nothing follows belongs to the key.
    const hasField = arrow >= 0 && arrow + 2 < pattern.length;
    this.#before = pattern.slice(0, Math.max(0, star));
    this.#after = pattern.slice(star + 1, hasField ? arrow : undefined);
    this.#field = hasField ? pattern.slice(arrow + 2) : null;
  }

  /** Null when there is no such value, or it is of another type. */
  valueFor(tx: Transaction, element: BinaryString): BinaryString | null {
    if (!this.hasStar) return null;
    const key = this.#before + element + this.#after;
    const type = shownType(tx.typeOf(key));
    if (this.#field !== null) return type === "hash" ? tx.hashes.get(key)!.get(this.#field) : null;
    return type === "string" ? tx.strings.get(key) : null;
  }
}
