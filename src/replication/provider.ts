import { passing } from "../base/crash-points.ts";
import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { LogCursor, OutgoingBatch, Replica } from "../keyspace/replica-port.ts";
import { BATCH_OVERHEAD_BYTES, encodeBatches, encodeFragment } from "./batch-frames.ts";
import { Compression } from "./compression.ts";
import type { ReplicationLimits } from "./limits.ts";
import { takesBulk, type LinkEnd, type LinkIdentity, type LinkTerms, type Wire } from "./link.ts";

/**
 * The sending half of an accepted link: a cursor in the log. Catch-up after an hour and the stream of this moment are the same
 * loop; a slow peer costs a cursor and one read, not a queue. Only what is durable here is ever read, so a crash cannot take
 * back what a peer has.
 *
 * A connection keeps order and loses nothing, so what was sent on it is not sent again: a new subscription leaves the regions
 * it has in common with the last one where they are.
 */
export class Provider {
  readonly #replica: Replica;
  readonly #wire: Wire;
  readonly #limits: ReplicationLimits;
  readonly #peer: LinkIdentity;
  readonly #terms: LinkTerms;
  readonly #onFailure: (end: LinkEnd) => void;
  readonly #compression: Compression;
  #subscription: Subscription | null = null;
  /** Read and not sent yet: at most one read of the log. */
  #outbox: Parcel[] = [];
  #pumping = false;
  #wokenWhilePumping = false;
  #closed = false;
  bytesSent = 0;
  batchesSent = 0;

  /** What `peer` issued itself it is never sent back. */
  constructor(
    replica: Replica,
    wire: Wire,
    limits: ReplicationLimits,
    peer: LinkIdentity,
    terms: LinkTerms,
    onFailure: (end: LinkEnd) => void,
  ) {
    this.#peer = peer;
    this.#replica = replica;
    this.#wire = wire;
    this.#limits = limits;
    this.#terms = terms;
    this.#onFailure = onFailure;
    const isAgreed = terms.features.includes("deflate");
    this.#compression = new Compression(isAgreed ? limits.compressFromBytes : Number.POSITIVE_INFINITY);
  }

  get regions(): readonly RegionName[] {
    return this.#subscription === null ? [] : [...this.#subscription.regions];
  }

  /**
   * Replaces the subscription: what `regions` wrote beyond `has` and what is held, and for regions subscribed before, beyond what was
   * sent. Answers those of which the log no longer has it: they are left out.
   */
  subscribe(regions: readonly RegionName[], has: NamedVector, held: NamedVector = {}): readonly RegionName[] {
    const last = this.#subscription;
    const kept = new Set(regions.filter((region) => last?.regions.has(region)));
    const sent = new Map(Object.entries(has));
    for (const [origin, sequence] of Object.entries(held)) sent.set(origin, Math.max(sequence, sent.get(origin) ?? 0));
    for (const [origin, sequence] of last?.sent ?? []) {
      if (kept.has(regionOfOrigin(origin)) && sequence > (sent.get(origin) ?? 0)) sent.set(origin, sequence);
    }
    if (last !== null && kept.size === regions.length && kept.size > 0) {
      // The same regions' stream goes on where it is.
      this.#subscription = { regions: kept, sent, hasRetired: last.hasRetired, cursor: last.cursor };
      this.wake();
      return [];
    }
    const holdings = { has, beyond: Object.fromEntries(sent) };
    const served = new Set(regions.filter((region) => this.#replica.cursorFor(holdings, new Set([region])) !== null));
    const cursor = served.size === 0 ? null : this.#replica.cursorFor(holdings, served);
    const hasRetired = this.#replica.coverageOf(has);
    this.#subscription = cursor === null ? null : { regions: served, sent, hasRetired, cursor };
    this.wake();
    return regions.filter((region) => !served.has(region));
  }

  /** Something became durable, or the socket has room again. */
  wake(): void {
    if (this.#closed || (this.#subscription === null && this.#outbox.length === 0)) return;
    if (this.#pumping) {
      this.#wokenWhilePumping = true;
      return;
    }
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
    });
  }

  close(): void {
    this.#closed = true;
    this.#outbox = [];
    this.#subscription = null;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#sendOutbox()) {
        const subscription = this.#subscription;
        if (subscription === null) return;
        this.#wokenWhilePumping = false;
        const { batches, cursor } = await this.#replica.read(subscription.cursor, this.#terms.frameBytesMax);
        if (this.#closed) return;
        // A new subscription came meanwhile: it has its own cursor.
        if (subscription !== this.#subscription) continue;
        subscription.cursor = cursor;
        // What became durable after this read looked would else wait for the next waking.
        if (batches.length === 0 && !this.#wokenWhilePumping) return;
        this.#pack(batches.filter((batch) => this.#isWanted(subscription, batch)));
      }
    } catch (error) {
      this.#onFailure({ reason: error instanceof Error ? error.message : String(error), retry: true });
    }
  }

  #isWanted({ regions, sent, hasRetired }: Subscription, { origin, sequence }: OutgoingBatch): boolean {
    if (origin === this.#peer.incarnation || !regions.has(regionOfOrigin(origin))) return false;
    const last = sent.get(origin);
    if (last === undefined ? hasRetired(origin, sequence) : sequence <= last) return false;
    sent.set(origin, sequence);
    return true;
  }

  /** One frame for all that fits; a batch larger than a frame goes in fragments, in its place. */
  #pack(batches: readonly OutgoingBatch[]): void {
    const { frameBytesMax, batchBytesMax } = this.#terms;
    let together: Buffer[] = [];
    let bytes = 0;
    const close = (): void => {
      if (together.length > 0) this.#outbox.push({ kind: "together", batches: together });
      together = [];
      bytes = 0;
    };
    for (const { origin, sequence, bytes: batch } of batches) {
      const size = batch.length + BATCH_OVERHEAD_BYTES;
      if (batch.length > batchBytesMax) {
        const reason = `batch ${sequence} of ${origin} has ${batch.length} bytes, region "${this.#peer.region}" takes ${batchBytesMax}`;
        this.#onFailure({ reason, retry: false });
        return;
      }
      if (bytes + size > frameBytesMax) close();
      if (size > frameBytesMax) {
        this.#outbox.push({ kind: "pieces", batch, offset: 0 });
        continue;
      }
      together.push(batch);
      bytes += size;
    }
    close();
  }

  /** True when all is sent and there is room for more. */
  #sendOutbox(): boolean {
    while (!this.#closed && takesBulk(this.#wire, this.#limits)) {
      const parcel = this.#outbox[0];
      if (parcel === undefined) return true;
      if (parcel.kind === "together") {
        this.batchesSent += parcel.batches.length;
        this.#outbox.shift();
        const frame = encodeBatches(parcel.batches, this.#compression.fromBytes);
        this.#compression.encoded(frame);
        this.#put(frame);
        continue;
      }
      const { batch, offset } = parcel;
      parcel.offset += this.#terms.frameBytesMax;
      if (parcel.offset >= batch.length) {
        this.batchesSent++;
        this.#outbox.shift();
      }
      this.#put(encodeFragment(batch, offset, this.#terms.frameBytesMax));
    }
    return false;
  }

  #put(frame: Buffer): void {
    this.bytesSent += frame.length;
    passing("batches-before-send");
    this.#wire.send(frame);
    passing("batches-sent");
  }
}

interface Subscription {
  readonly regions: ReadonlySet<RegionName>;
  /** Highest sequence the peer has or was sent, by origin. */
  readonly sent: Map<OriginId, number>;
  /** Of origins that its vector does not name. */
  readonly hasRetired: (origin: OriginId, sequence: number) => boolean;
  cursor: LogCursor;
}

type Parcel =
  | { readonly kind: "together"; readonly batches: readonly Buffer[] }
  | { readonly kind: "pieces"; readonly batch: Buffer; offset: number };
