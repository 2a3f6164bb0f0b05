import type { OriginId } from "../crdt/origin.ts";
import { peekBatch } from "../crdt/batch-codec.ts";
import type { Received } from "../keyspace/replica-port.ts";

/**
 * Batches that arrived before something they depend on: their origin's streams come over different links. Bounded in bytes;
 * what does not fit is not kept, because it can be asked for again from the applied vector on.
 */
export class HoldBuffer {
  readonly #bytesMax: number;
  readonly #byOrigin = new Map<OriginId, Map<number, Buffer>>();
  #bytes = 0;
  #count = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when there is no room: the batch must be asked for again. */
  hold(bytes: Buffer): boolean {
    const { id, sequence } = peekBatch(bytes);
    if (this.#bytes + bytes.length > this.#bytesMax) return false;
    let held = this.#byOrigin.get(id);
    if (held === undefined) this.#byOrigin.set(id, (held = new Map()));
    if (held.has(sequence)) return true;
    // A view of a received frame would keep the whole frame alive.
    held.set(sequence, Buffer.from(bytes));
    this.#bytes += bytes.length;
    this.#count++;
    return true;
  }

  /** Offers what is next of each origin, again and again until nothing moves. */
  release(sequenceOf: (origin: OriginId) => number, receive: (bytes: Buffer) => Received): void {
    let moved = this.#count > 0;
    while (moved) {
      moved = false;
      for (const [origin, held] of this.#byOrigin) {
        for (;;) {
          const next = sequenceOf(origin) + 1;
          const bytes = held.get(next);
          if (bytes === undefined || receive(bytes) === "waiting") break;
          this.#drop(held, next, bytes);
          moved = true;
        }
        this.#dropKnown(origin, held, sequenceOf(origin));
      }
    }
  }

  #dropKnown(origin: OriginId, held: Map<number, Buffer>, upTo: number): void {
    for (const [sequence, bytes] of held) if (sequence <= upTo) this.#drop(held, sequence, bytes);
    if (held.size === 0) this.#byOrigin.delete(origin);
  }

  #drop(held: Map<number, Buffer>, sequence: number, bytes: Buffer): void {
    held.delete(sequence);
    this.#bytes -= bytes.length;
    this.#count--;
  }
}
