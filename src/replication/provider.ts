import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { LogCursor, Replica } from "../keyspace/replica-port.ts";
import { encodeBatches, encodeFragments } from "./frame.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { Wire } from "./link.ts";

/**
 * The sending half of an accepted link: a cursor in the log. Catch-up after an hour and the stream of this moment are the same
 * loop; a slow peer costs a cursor, not a queue. Only what is durable here is ever read, so a crash cannot take back what a
 * peer has.
 */
export class Provider {
  readonly #replica: Replica;
  readonly #wire: Wire;
  readonly #limits: ReplicationLimits;
  readonly #peer: OriginId;
  readonly #onFailure: (reason: string) => void;
  readonly #compressFromBytes: number;
  #subscription: Subscription | null = null;
  #pumping = false;
  #closed = false;
  bytesSent = 0;
  batchesSent = 0;

  /** `peer` is the incarnation on the other side: what it issued it is never sent back. */
  constructor(
    replica: Replica,
    wire: Wire,
    limits: ReplicationLimits,
    peer: OriginId,
    compress: boolean,
    onFailure: (reason: string) => void,
  ) {
    this.#peer = peer;
    this.#replica = replica;
    this.#wire = wire;
    this.#limits = limits;
    this.#onFailure = onFailure;
    this.#compressFromBytes = compress ? limits.compressFromBytes : Number.POSITIVE_INFINITY;
  }

  get regions(): readonly RegionName[] {
    return this.#subscription === null ? [] : [...this.#subscription.regions];
  }

  /** Replaces the subscription: from now on what `regions` wrote beyond `has`. */
  subscribe(regions: readonly RegionName[], has: NamedVector): void {
    let cursor: LogCursor;
    try {
      cursor = this.#replica.cursorFor(has);
    } catch (error) {
      this.#onFailure(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#subscription = { regions: new Set(regions), sent: new Map(Object.entries(has)), cursor };
    this.wake();
  }

  /** Something became durable, or the socket has room again. */
  wake(): void {
    if (this.#pumping || this.#closed || this.#subscription === null) return;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#closed && this.#wire.bufferedBytes() < this.#limits.linkBufferedBytesMax) {
        const subscription = this.#subscription!;
        const { batches, cursor } = await this.#replica.read(subscription.cursor, this.#limits.frameBytesMax);
        if (this.#closed) return;
        // A new subscription came meanwhile: it has its own cursor.
        if (subscription !== this.#subscription) continue;
        subscription.cursor = cursor;
        if (batches.length === 0) return;
        const wanted: Buffer[] = [];
        for (const { origin, sequence, bytes } of batches) {
          if (origin === this.#peer) continue;
          if (!subscription.regions.has(regionOfOrigin(origin))) continue;
          if (sequence <= (subscription.sent.get(origin) ?? 0)) continue;
          subscription.sent.set(origin, sequence);
          wanted.push(bytes);
        }
        this.#send(wanted);
      }
    } catch (error) {
      this.#onFailure(error instanceof Error ? error.message : String(error));
    }
  }

  /** One frame for all that fits; a batch larger than a frame goes in fragments, in its place. */
  #send(batches: readonly Buffer[]): void {
    let group: Buffer[] = [];
    const flush = (): void => {
      if (group.length > 0) this.#put(encodeBatches(group, this.#compressFromBytes));
      group = [];
    };
    for (const batch of batches) {
      this.batchesSent++;
      if (batch.length <= this.#limits.frameBytesMax) {
        group.push(batch);
        continue;
      }
      flush();
      for (const fragment of encodeFragments(batch, this.#limits.frameBytesMax)) this.#put(fragment);
    }
    flush();
  }

  #put(frame: Buffer): void {
    this.bytesSent += frame.length;
    this.#wire.send(frame);
  }
}

interface Subscription {
  readonly regions: ReadonlySet<RegionName>;
  /** Highest sequence the peer has or was sent, by origin. */
  readonly sent: Map<OriginId, number>;
  cursor: LogCursor;
}
