import { GROUP_HEADER_BYTES } from "./format.ts";
import type { Segment } from "./segment.ts";

/** Groups are gathered in blocks of this size; one block holds many small groups or a part of a large one. */
const SLAB_BYTES = 256 * 1024;
/** What a growing group is given beyond its need, at most. */
const GROWTH_BYTES_MAX = 4 * 1024 * 1024;

/** The records of one write, laid out as they go to disk: header (filled in right before), then lengths and records. */
export class Group {
  readonly segment: Segment;
  readonly firstLsn: number;
  /** Offset in the segment's file; known when the group before is closed. */
  readonly offset: number;
  #slab: Buffer;
  #start: number;
  #end: number;
  /** Where each record's length stands, from the group's start. */
  readonly #records: number[] = [];

  constructor(segment: Segment, firstLsn: number, offset: number, slab: Buffer, start: number) {
    this.segment = segment;
    this.firstLsn = firstLsn;
    this.offset = offset;
    this.#slab = slab;
    this.#start = start;
    this.#end = start + GROUP_HEADER_BYTES;
  }

  get count(): number {
    return this.#records.length;
  }

  get lastLsn(): number {
    return this.firstLsn + this.#records.length - 1;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  get slab(): Buffer {
    return this.#slab;
  }

  get end(): number {
    return this.#end;
  }

  add(record: Uint8Array): void {
    const needed = 4 + record.length;
    if (this.#end + needed > this.#slab.length) this.#move(needed);
    this.#records.push(this.#end - this.#start);
    this.#end = this.#slab.writeUInt32LE(record.length, this.#end);
    this.#slab.set(record, this.#end);
    this.#end += record.length;
  }

  /** The group as it goes to disk, a view. */
  bytes(): Buffer {
    return this.#slab.subarray(this.#start, this.#end);
  }

  /** The bytes of one of its records, a view. */
  record(lsn: number): Buffer {
    const at = this.#start + this.#records[lsn - this.firstLsn]!;
    return this.#slab.subarray(at + 4, at + 4 + this.#slab.readUInt32LE(at));
  }

  #move(needed: number): void {
    const length = this.length;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length + needed + Math.min(length, GROWTH_BYTES_MAX)));
    this.#slab.copy(slab, 0, this.#start, this.#end);
    this.#slab = slab;
    this.#start = 0;
    this.#end = length;
  }
}

/** Begins groups one after another in shared blocks. Only the latest may still grow. */
export class GroupMaker {
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  begin(segment: Segment, firstLsn: number, offset: number): Group {
    if (this.#used + GROUP_HEADER_BYTES > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    return new Group(segment, firstLsn, offset, this.#slab, this.#used);
  }

  /** The group grows no more: the next begins behind it. */
  end(group: Group): void {
    this.#slab = group.slab;
    this.#used = group.end;
  }
}
