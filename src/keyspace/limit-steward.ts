import { isWish, parseField } from "../crdt/limit/limit-fields.ts";
import type { Operation } from "../crdt/operation.ts";
import { OP } from "../crdt/operations/operation-kind.ts";
import type { Keyspace } from "./keyspace.ts";

/** Limits of which one answer at a time is remembered to be owed; the next wish for what is forgotten comes soon. */
const OWED_MAX = 10_000;

/**
 * Answers what other regions ask of this one's rights (row B3). A wish is an element of the limit, so it comes as any batch does,
 * once, in order, and also after a partition; the answer is a batch of ours. Call `answer` a few times a second, not within a
 * transaction, and only while clients are served: before, a region may not know yet what it had spent and given away, and has it
 * still to get back from others.
 */
export class LimitSteward {
  readonly #keyspace: Keyspace;
  readonly #owed = new Map<string, { readonly db: number; readonly key: string }>();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    keyspace.onPeerBatch((operations) => {
      for (const operation of operations) this.#arrived(operation);
    });
  }

  answer(): void {
    if (this.#owed.size === 0) return;
    const owed = [...this.#owed.values()];
    this.#owed.clear();
    for (const { db, key } of owed) {
      this.#keyspace.transact(db, (tx) => {
        if (tx.typeOf(key) === "limit") tx.limits.answerWishes(key);
      });
    }
  }

  #arrived(operation: Operation): void {
    const isNews =
      operation.op === OP.limitPut
        ? operation.pairs.some((word, index) => index % 2 === 0 && isWish(word))
        : operation.op === OP.limitAdd && this.#isForUs(operation.field);
    if (!isNews || this.#owed.size >= OWED_MAX) return;
    const { db, key } = operation as { readonly db: number; readonly key: string };
    this.#owed.set(`${db}:${key}`, { db, key });
  }

  /** We were given rights: others may have asked while we had none. */
  #isForUs(field: string): boolean {
    const { kind, words } = parseField(field);
    return kind === "g" && words[1] === this.#keyspace.region;
  }
}
