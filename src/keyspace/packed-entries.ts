import { ByteWriter } from "../base/bytes.ts";
import { NO_DEADLINE } from "../crdt/deadline.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { KeyEntry } from "./key-entry.ts";
import { decodeFacets, encodeElement, encodeFacets, restoreElement, type RowEncoder } from "./row-codec.ts";
import { RowReader } from "./types/row-reader.ts";
import { StringFacet } from "./types/string/string-facet.ts";
import { POOLED_BYTES_MAX, slotOf, ValuePool, type PoolPlace, type ValueBlock } from "./value-pool.ts";

/**
 * A packed entry: a number, which V8 keeps in a Map without an object. From 0 on the place of a string's text, with the rest of it in
 * the slot's header; below 0 that of a record, of anything else.
 */
export type PackedPlace = number;

/** Estimated bytes of a packed entry besides its slot: key string and Map slot. */
const OVERHEAD_BYTES = 80;
/**
 * What is estimated to take more is no record: to read one back takes as long as it has elements, a tenth of a millisecond here, and an
 * estimate is about twice what is encoded, so that nothing is in vain.
 */
const RECORD_ESTIMATE_MAX = 24 * 1024;
/** Behind the last element of a record; an element has its name at least. */
const NO_MORE = 0;

/**
 * Entries of one database that rest: what some ten objects were is one run of bytes in the pool of its texts. A string stays where its
 * text is. Of anything else the run is what its rows hold, and what only memory knows. These bytes never leave the process.
 */
export class PackedEntries {
  readonly pool = new ValuePool();
  readonly #db: number;
  readonly #origins: OriginTable;
  readonly #record = new ByteWriter(4096);
  readonly #encoder: RowEncoder;
  #count = 0;

  constructor(db: number, origins: OriginTable) {
    this.#db = db;
    this.#origins = origins;
    this.#encoder = { writer: new ByteWriter(1024), origins };
  }

  get count(): number {
    return this.#count;
  }

  /** Nobody may hold the entry any more. Null when it is too long. */
  pack(entry: KeyEntry): PackedPlace | null {
    const place = this.#packString(entry) ?? this.#packRecord(entry);
    if (place !== null) this.#count++;
    return place;
  }

  /** The entry again, clean; the place is gone. */
  unpack(place: PackedPlace, key: string, hash: number): KeyEntry {
    const entry = this.#read(place, key, hash, false);
    this.#count--;
    if (place < 0) this.#blockOf(place).giveBack(slotAt(place));
    return entry;
  }

  /** A copy of it, to be looked at and not changed. */
  copy(place: PackedPlace, key: string, hash: number): KeyEntry {
    return this.#read(place, key, hash, true);
  }

  drop(place: PackedPlace): void {
    this.#count--;
    this.#blockOf(place).giveBack(slotAt(place));
  }

  /** Seconds since the process started. */
  usedAtS(place: PackedPlace): number {
    return this.#blockOf(place).usedAtS(slotAt(place));
  }

  /** Estimated bytes of all that it takes. */
  bytesOf(place: PackedPlace, key: string): number {
    return OVERHEAD_BYTES + key.length + this.#blockOf(place).slotBytes;
  }

  #packString({ facet, hidden, usedAtS, indexedDeadlineMs }: KeyEntry): PackedPlace | null {
    if (hidden !== null || !(facet instanceof StringFacet)) return null;
    const isIndexed = indexedDeadlineMs !== NO_DEADLINE;
    if (isIndexed && indexedDeadlineMs !== facet.deadline()) return null;
    return facet.pack(this.pool, usedAtS, isIndexed);
  }

  #packRecord(entry: KeyEntry): PackedPlace | null {
    const bytes = entry.bytes > RECORD_ESTIMATE_MAX ? null : this.#encode(entry);
    if (bytes === null) return null;
    const block = this.pool.blockFor(bytes.length);
    const slot = block.take();
    const place = block.placeOf(slot);
    if (place === null) {
      block.giveBack(slot);
      return null;
    }
    block.writeBytes(slot, bytes);
    block.writeHeader(slot, { usedAtS: entry.usedAtS, deadlineMs: 0, sequence: 0, stamp: 0, origin: 0 });
    if (entry.facet instanceof StringFacet) entry.facet.moveOut();
    return recordAt(place);
  }

  #encode(entry: KeyEntry): Buffer | null {
    const writer = this.#record;
    writer.reset();
    writer.varint(entry.indexedDeadlineMs);
    const facets = entry.facets();
    encodeFacets(writer, this.#origins, facets);
    for (const facet of facets) {
      if (!facet.hasElements) continue;
      for (const name of facet.elementNames()) {
        const bytes = encodeElement(this.#encoder, facet, name);
        if (bytes === null) continue;
        writer.varint(bytes.length);
        writer.raw(bytes);
        if (writer.length > POOLED_BYTES_MAX) return null;
      }
      writer.varint(NO_MORE);
    }
    return writer.length > POOLED_BYTES_MAX ? null : writer.view();
  }

  #read(place: PackedPlace, key: string, hash: number, isCopy: boolean): KeyEntry {
    const entry = new KeyEntry(this.#db, key, hash);
    const block = this.#blockOf(place);
    const slot = slotAt(place);
    if (place >= 0) {
      const { facet, usedAtS, isIndexed } = StringFacet.unpack(block, slot, isCopy);
      entry.usedAtS = usedAtS;
      if (isIndexed) entry.indexedDeadlineMs = facet.deadline();
      entry.hold([facet]);
      return entry;
    }
    const { retirements } = this.#origins;
    const reader = new RowReader(block.bytes(slot), retirements);
    entry.usedAtS = block.usedAtS(slot);
    entry.indexedDeadlineMs = reader.varint();
    const facets = decodeFacets(reader);
    for (const facet of facets) {
      if (!facet.hasElements) continue;
      for (let length = reader.varint(); length !== NO_MORE; length = reader.varint()) {
        restoreElement(facet, reader.raw(length), retirements);
      }
    }
    entry.hold(facets);
    return entry;
  }

  #blockOf(place: PackedPlace): ValueBlock {
    return this.pool.blockOf(poolPlaceOf(place));
  }
}

function recordAt(place: PoolPlace): PackedPlace {
  return -1 - place;
}

function poolPlaceOf(place: PackedPlace): PoolPlace {
  return place < 0 ? -1 - place : place;
}

function slotAt(place: PackedPlace): number {
  return slotOf(poolPlaceOf(place));
}
