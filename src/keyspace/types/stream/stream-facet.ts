import { unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StreamAdd, StreamOperation, StreamRemove } from "../../../crdt/operations/stream-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { Register, type Coverage } from "../../../crdt/register.ts";
import { STREAM_ID_MIN, type StreamId } from "../../../crdt/stream-id.ts";
import { VersionVector } from "../../../crdt/version-vector.ts";
import { CollectionFacet } from "../collection-facet.ts";
import type { FacetKind, Stamped } from "../facet.ts";
import { decodeDeadlines } from "../register-rows.ts";
import { Witnesses } from "../witnesses.ts";
import { writeVector, type RowReader } from "../row-reader.ts";
import { applyToGroup } from "./group-operations.ts";
import { isLate } from "./lateness.ts";
import { IdMap } from "./id-map.ts";
import { writeCanonicalStream } from "./stream-canonical.ts";
import { copyOfStream } from "./stream-copy.ts";
import type { Changed, StreamGroup } from "./stream-group.ts";
import { StreamMarks } from "./stream-marks.ts";
import { entryRow } from "./stream-names.ts";
import { decodeMarks, encodeMarks, encodeStreamRow, restoreStreamRow, streamRowNames } from "./stream-rows.ts";
import type { StreamState } from "./stream-state.ts";

/** Estimated bytes of one entry besides its fields: id, register, places in a page. */
const ENTRY_OVERHEAD_BYTES = 180;

/**
 * A stream: entries are observed-remove by id, each a register (rows T1–T6); marks say that it is there and how far its ids have
 * come; consumer groups are in StreamGroup. A stream without entries is a key like any other while a mark stands.
 */
export class StreamFacet extends CollectionFacet implements StreamState {
  readonly type = "stream";
  readonly entries = new IdMap<Register>();
  readonly marks = new StreamMarks();
  readonly groups = new Map<string, StreamGroup>();
  /**
   * The highest id that XDEL removed. Not in the canonical form: it only tells whether a group's lag can be known, and what a removed
   * entry's id was is nothing that a concurrent delete of the whole stream could observe.
   */
  maxDeletedId: StreamId = STREAM_ID_MIN;
  /** Dots that entries came with and no later one had observed: who covers these has seen every entry there ever was. */
  #newest = new VersionVector();
  #entryBytes = 400;
  readonly #witnesses = new Witnesses<StreamId>({
    // Ids of regions mix, so each look begins anew; what is covered is mostly older, and first.
    begin: (observed) => () => this.#covered(observed),
    holds: (id, observed) => this.entries.get(id)?.hasDotCoveredBy(observed) === true,
  });

  get isEmpty(): boolean {
    return this.marks.isEmpty;
  }

  get lastId(): StreamId {
    return this.marks.lastId;
  }

  newest(): Stamped {
    // Whatever adds something leaves a mark, and marks give way to later ones alone.
    return this.marks.values.first ?? { stamp: -1, origin: 0 };
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: Changed): void {
    const own = operation as StreamOperation;
    switch (own.op) {
      case OP.streamAdd:
        this.#add(own, context, origins, changed);
        return;
      case OP.streamRemove:
        this.#remove(own, context, origins, changed);
        return;
      case OP.streamTrim:
        for (const id of this.entries.listed(STREAM_ID_MIN, own.below)) {
          if (id < own.below) this.#removeEntry(id, context, origins, changed);
        }
        return;
      case OP.streamMark:
        this.marks.putAll(context, own.lastId, own.added, origins);
        this.maxDeletedId = own.maxDeletedId;
        return;
      case OP.streamGroupCreate:
      case OP.streamGroupSet:
      case OP.streamGroupDestroy:
      case OP.streamConsumerPut:
      case OP.streamConsumerRemove:
      case OP.streamDeliver:
      case OP.streamAck:
        applyToGroup(this, own, context, origins, changed);
        return;
      default:
        unreachable(own);
    }
  }

  /** True when there can be no entry that `context` does not cover. */
  isWhollyObservedBy(context: Context): boolean {
    return context.coversAll(this.#newest);
  }

  /** Puts back an entry that a row said. */
  restoreEntry(id: StreamId, register: Register): void {
    this.entries.set(id, register);
    this.#entryBytes += ENTRY_OVERHEAD_BYTES + register.textLength();
  }

  elementNames(): Iterable<string> {
    return streamRowNames(this);
  }

  override encodeHead(writer: ByteWriter, origins: OriginTable): void {
    super.encodeHead(writer, origins);
    encodeMarks(writer, this);
    // The length of a dense vector, which there was first and which never was empty.
    writer.varint(0);
    writeVector(writer, this.#newest);
  }

  restoreHead(reader: RowReader): void {
    this.restoreDeadlines(decodeDeadlines(reader));
    decodeMarks(reader, this);
    const length = reader.varint();
    this.#newest = length === 0 ? reader.vector() : reader.denseVector(length);
  }

  encodeElement(writer: ByteWriter, name: string, origins: OriginTable): boolean {
    return encodeStreamRow(writer, this, name, origins);
  }

  restoreElement(name: string, reader: RowReader): void {
    restoreStreamRow(this, name, reader);
  }

  protected get elementBytes(): number {
    let bytes = this.#entryBytes;
    for (const group of this.groups.values()) bytes += group.bytes;
    return bytes;
  }

  protected get hasUnfoldedElements(): boolean {
    return false;
  }

  protected observes(observed: Coverage): boolean {
    if (this.marks.values.values.some((mark) => observed.covers(mark.origin, mark.sequence))) return true;
    for (const group of this.groups.values()) if (group.isObservedBy(observed)) return true;
    return this.#witnesses.hasCovered(observed);
  }

  protected removeObservedElements(context: Context, origins: OriginTable): void {
    this.marks.removeObserved(context, origins);
    for (const [name, group] of this.groups) {
      group.removeObserved(context, origins, () => {});
      if (group.isEmpty) this.groups.delete(name);
    }
    for (const id of this.entries.listed()) this.#removeEntry(id, context, origins, () => {});
  }

  protected foldElements(): void {}

  protected elementsAreWithin(frontier: VersionVector): boolean {
    // An entry's mark is replaced only by writes that had observed it, so marks speak for entries.
    for (const mark of this.marks.values.values) if (!frontier.covers(mark.origin, mark.sequence)) return false;
    for (const group of this.groups.values()) if (!group.isWithin(frontier)) return false;
    return true;
  }

  protected writeCanonicalElements(writer: ByteWriter, origins: OriginTable): void {
    writeCanonicalStream(writer, this, origins);
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    return copyOfStream(this, db, key);
  }

  #covered(observed: Coverage): StreamId | null {
    for (const [id, register] of this.entries.entries()) if (register.hasDotCoveredBy(observed)) return id;
    return null;
  }

  #add({ entries, lastId, added }: StreamAdd, context: Context, origins: OriginTable, changed: Changed): void {
    for (const { id, packed } of entries) {
      const known = this.entries.get(id);
      const register = known ?? new Register();
      this.#entryBytes += (known === undefined ? ENTRY_OVERHEAD_BYTES : 0) - register.textLength();
      register.put(context, packed, origins);
      this.#entryBytes += register.textLength();
      if (known === undefined) {
        this.entries.set(id, register);
        for (const group of this.groups.values()) if (isLate(group, id, context)) group.setLate(id, changed);
      }
      changed(entryRow(id));
    }
    this.#noteDot(context);
    this.#witnesses.written(context);
    this.marks.putOwn(context, lastId, added, origins);
  }

  #remove({ ids, deleted }: StreamRemove, context: Context, origins: OriginTable, changed: Changed): void {
    for (const id of ids) {
      this.#removeEntry(id, context, origins, changed);
      if (deleted && id > this.maxDeletedId) this.maxDeletedId = id;
    }
  }

  #removeEntry(id: StreamId, context: Context, origins: OriginTable, changed: Changed): void {
    const register = this.entries.get(id);
    if (register === undefined) return;
    this.#entryBytes -= register.textLength();
    register.removeObserved(context, origins);
    this.#entryBytes += register.textLength();
    changed(entryRow(id));
    if (!register.isEmpty) return;
    this.#entryBytes -= ENTRY_OVERHEAD_BYTES;
    this.entries.delete(id);
    for (const group of this.groups.values()) group.notLate(id, changed);
  }

  #noteDot(context: Context): void {
    const unobserved = [...this.#newest.named()].filter(([origin, sequence]) => !context.covers(origin, sequence));
    this.#newest = new VersionVector();
    for (const [origin, sequence] of [...unobserved, [context.origin, context.sequence] as const]) {
      this.#newest.set(origin, sequence);
    }
  }
}

export const STREAM_KIND: FacetKind = {
  create: () => new StreamFacet(),
  decodeHead(reader) {
    const facet = new StreamFacet();
    facet.restoreHead(reader);
    return facet;
  },
};
