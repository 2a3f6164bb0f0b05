import { addIntegers } from "../../../crdt/delta.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { EntryCount } from "../../../crdt/operations/stream-bytes.ts";
import type { StreamOperation } from "../../../crdt/operations/stream-operations.ts";
import { packWords } from "../../../crdt/packed-words.ts";
import {
  alignedStreamId,
  millisecondsOf,
  nextStreamId,
  STREAM_ID_MIN,
  streamId,
  type StreamId,
} from "../../../crdt/stream-id.ts";
import type { TypeHost } from "../type-host.ts";
import { StreamFacet } from "./stream-facet.ts";
import type { NewDelivery, StreamTransaction, StreamView } from "./stream-port.ts";
import { streamView } from "./stream-view.ts";

/** Reads and writes of streams as operations. */
export class StreamWrites implements StreamTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): StreamView | null {
    const facet = this.#host.read(key, StreamFacet);
    return facet === null ? null : streamView(facet);
  }

  automaticId(last: StreamId, milliseconds?: number | bigint): StreamId | null {
    const wanted = milliseconds ?? this.#host.nowMs;
    const behind = nextStreamId(last);
    if (behind === null) return null;
    const fresh = streamId(wanted, 0);
    const id = alignedStreamId(fresh > last ? fresh : behind, this.#host.sequenceClass);
    if (id === null || (milliseconds !== undefined && millisecondsOf(id) !== milliseconds)) return null;
    return id;
  }

  add(key: string, id: StreamId, fields: readonly string[]): void {
    const entries = [{ id, packed: packWords(fields) }];
    const added = addIntegers(this.#addedHere(key), 1);
    this.#write({ op: OP.streamAdd, db: this.#host.db, key, entries, lastId: id, added });
  }

  remove(key: string, ids: readonly StreamId[], deleted: boolean): void {
    this.#write({ op: OP.streamRemove, db: this.#host.db, key, ids, deleted });
  }

  trim(key: string, below: StreamId): void {
    this.#write({ op: OP.streamTrim, db: this.#host.db, key, below });
  }

  setId(key: string, lastId: StreamId, added: EntryCount, maxDeletedId: StreamId): void {
    this.#write({ op: OP.streamMark, db: this.#host.db, key, lastId, added, maxDeletedId });
  }

  createGroup(key: string, group: string, start: StreamId, entriesRead: EntryCount | null): void {
    const lastId = this.#facet(key)?.lastId ?? STREAM_ID_MIN;
    const added = this.#addedHere(key);
    const { db } = this.#host;
    this.#write({ op: OP.streamGroupCreate, db, key, group, start, entriesRead, lastId, added, late: [] });
  }

  setGroup(key: string, group: string, last: StreamId, entriesRead: EntryCount | null): void {
    this.#write({ op: OP.streamGroupSet, db: this.#host.db, key, group, last, entriesRead });
  }

  destroyGroup(key: string, group: string): void {
    this.#write({ op: OP.streamGroupDestroy, db: this.#host.db, key, group });
  }

  createConsumer(key: string, group: string, consumer: string): void {
    const { db, nowMs } = this.#host;
    this.#write({ op: OP.streamConsumerPut, db, key, group, consumer, seenMs: nowMs });
  }

  removeConsumer(key: string, group: string, consumer: string): void {
    this.#write({ op: OP.streamConsumerRemove, db: this.#host.db, key, group, consumer });
  }

  deliver(key: string, group: string, delivery: NewDelivery): void {
    this.#write({ op: OP.streamDeliver, db: this.#host.db, key, group, ...delivery });
  }

  acknowledge(key: string, group: string, ids: readonly StreamId[]): void {
    this.#write({ op: OP.streamAck, db: this.#host.db, key, group, ids });
  }

  sawConsumer(key: string, group: string, consumer: string): void {
    const seen = this.#facet(key)?.groups.get(group)?.consumers.get(consumer);
    if (seen !== undefined) seen.seenMs = Math.max(seen.seenMs, this.#host.nowMs);
  }

  #write(operation: StreamOperation): void {
    this.#host.write(operation.key, "stream", [operation]);
  }

  #facet(key: string): StreamFacet | null {
    const facet = this.#host.visible(key);
    return facet instanceof StreamFacet ? facet : null;
  }

  #addedHere(key: string): EntryCount {
    return this.#facet(key)?.marks.addedBy(this.#host.region) ?? 0;
  }
}
