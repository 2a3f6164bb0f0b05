import type { OriginId } from "../crdt/origin.ts";
import { peekBatch } from "../crdt/batch-codec.ts";
import type { Received } from "../keyspace/replica-port.ts";

/**
 * Batches that arrived before something they depend on: their origins' streams come over different links. Per origin a queue
 * without gaps, beginning after what is applied; only its head can ever be next. Bounded in bytes and in number; what does not
 * fit is not kept, because it can be asked for again from `tail` on.
 *
 * `Source` is who sent a batch: a held one is decoded only when its turn comes, and may prove to be malformed then.
 */
export class HoldBuffer<Source> {
  readonly #bytesMax: number;
  readonly #batchesMax: number;
  readonly #queues = new Map<OriginId, Queue<Source>>();
  #bytes = 0;
  #count = 0;

  constructor(bytesMax: number, batchesMax: number) {
    this.#bytesMax = bytesMax;
    this.#batchesMax = batchesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Half empty at least: worth asking again for what did not fit. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#bytesMax / 2 && this.#count <= this.#batchesMax / 2;
  }

  /**
   * Keeps a batch of which `applied` is its origin's highest applied sequence. `full`: there is no room; `gap`: something
   * before it is neither applied nor held, because it was refused here earlier. Both must be asked for again.
   */
  hold(bytes: Buffer, applied: number, source: Source): "held" | "full" | "gap" {
    const { id, sequence } = peekBatch(bytes);
    const queue = this.#queues.get(id);
    const next = Math.max(applied, queue === undefined ? 0 : queue.first + queue.items.length - 1) + 1;
    if (sequence < next) return "held";
    if (sequence > next) return "gap";
    if (this.#bytes + bytes.length > this.#bytesMax || this.#count >= this.#batchesMax) return "full";
    // A copy: a view of a received frame would keep the whole frame alive.
    const item = { bytes: Buffer.from(bytes), source };
    if (queue === undefined) this.#queues.set(id, { first: sequence, items: [item] });
    else {
      // Everything held has been applied by another way meanwhile, and more: the queue begins anew.
      if (sequence !== queue.first + queue.items.length) this.#skip(queue, sequence);
      queue.items.push(item);
    }
    this.#bytes += bytes.length;
    this.#count++;
    return "held";
  }

  /** Highest sequence held, by origin. Everything between what is applied and it is held too. */
  tails(): ReadonlyMap<OriginId, number> {
    return new Map([...this.#queues].map(([origin, { first, items }]) => [origin, first + items.length - 1]));
  }

  /** Offers what is next of each origin, again and again until nothing moves. A batch that is refused takes its queue along. */
  release(sequenceOf: (origin: OriginId) => number, offer: (bytes: Buffer, source: Source) => Received): void {
    let moved = this.#count > 0;
    while (moved) {
      moved = false;
      for (const [origin, queue] of this.#queues) {
        if (this.#releaseQueue(queue, sequenceOf(origin), offer)) moved = true;
        if (queue.items.length === 0) this.#queues.delete(origin);
      }
    }
  }

  #releaseQueue(queue: Queue<Source>, applied: number, offer: (bytes: Buffer, source: Source) => Received): boolean {
    this.#skip(queue, applied + 1);
    let taken = 0;
    for (const { bytes, source } of queue.items) {
      const received = offer(bytes, source);
      if (received === "waiting") break;
      if (received === "malformed" || received === "unknown-operation") {
        this.#skip(queue, queue.first + queue.items.length);
        return true;
      }
      taken++;
    }
    this.#skip(queue, queue.first + taken);
    return taken > 0;
  }

  /** Forgets what is before `sequence`. */
  #skip(queue: Queue<Source>, sequence: number): void {
    if (sequence <= queue.first) return;
    const gone = Math.min(sequence - queue.first, queue.items.length);
    for (const { bytes } of queue.items.splice(0, gone)) {
      this.#bytes -= bytes.length;
      this.#count--;
    }
    queue.first = sequence;
  }
}

interface Queue<Source> {
  /** Sequence of the first item; the others follow it one by one. */
  first: number;
  readonly items: { readonly bytes: Buffer; readonly source: Source }[];
}
