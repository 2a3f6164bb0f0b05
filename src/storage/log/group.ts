import { GROUP_HEADER_BYTES } from "./format.ts";
import { GroupSlabs, SLAB_BYTES, type GroupSlab } from "./group-slab.ts";
import type { Segment } from "./segment.ts";

/** What a growing group is given beyond its need, at most. */
const GROWTH_BYTES_MAX = 4 * 1024 * 1024;

/** The records of one write, laid out as they go to disk: header (filled in right before), then lengths and records. */
export class Group {
  readonly segment: Segment;
  readonly firstLsn: number;
  /** Offset in the segment's file; known when the group before is closed. */
  readonly offset: number;
  readonly #slabs: GroupSlabs;
  #slab: GroupSlab;
  #start: number;
  #end: number;
  /** Where each record's length stands, from the group's start. */
  readonly #records: number[] = [];

  /** It holds `slab` from now on, where it begins at `start`. */
  constructor(segment: Segment, firstLsn: number, offset: number, slabs: GroupSlabs, slab: GroupSlab, start: number) {
    this.segment = segment;
    this.firstLsn = firstLsn;
    this.offset = offset;
    this.#slabs = slabs;
    this.#slab = slab;
    this.#start = start;
    this.#end = start + GROUP_HEADER_BYTES;
    slab.holders++;
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

  get slab(): GroupSlab {
    return this.#slab;
  }

  get end(): number {
    return this.#end;
  }

  add(record: Uint8Array): void {
    const needed = 4 + record.length;
    if (this.#end + needed > this.#slab.bytes.length) this.#move(needed);
    const { bytes } = this.#slab;
    this.#records.push(this.#end - this.#start);
    const at = bytes.writeUInt32LE(record.length, this.#end);
    bytes.set(record, at);
    this.#end = at + record.length;
  }

  /** The group as it goes to disk, a view: until it is released. */
  bytes(): Buffer {
    return this.#slab.bytes.subarray(this.#start, this.#end);
  }

  /** The bytes of one of its records, a view for as long as anybody likes. */
  record(lsn: number): Buffer {
    const { bytes } = this.#slab;
    const at = this.#start + this.#records[lsn - this.firstLsn]!;
    this.#slab.isShown = true;
    return bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at));
  }

  /** It is written, and will be read no more: its memory may be used again. Once. */
  release(): void {
    this.#slabs.leave(this.#slab);
  }

  #move(needed: number): void {
    const { length } = this;
    const slab = this.#slabs.take(length + needed + Math.min(length, GROWTH_BYTES_MAX));
    this.#slab.bytes.copy(slab.bytes, 0, this.#start, this.#end);
    this.#slabs.leave(this.#slab);
    this.#slab = slab;
    this.#start = 0;
    this.#end = length;
  }
}

/** Begins groups one after another in shared slabs. Only the latest may still grow. */
export class GroupMaker {
  readonly #slabs = new GroupSlabs();
  #slab: GroupSlab | null = null;
  #used = 0;
  /** Length of the latest group: the next is given room for as much, so that it need not move. */
  #expectedBytes = GROUP_HEADER_BYTES;

  begin(segment: Segment, firstLsn: number, offset: number): Group {
    let slab = this.#slab;
    if (slab === null || this.#used + Math.min(this.#expectedBytes, SLAB_BYTES) > slab.bytes.length) {
      if (slab !== null) this.#slabs.leave(slab);
      this.#slab = slab = this.#slabs.take(SLAB_BYTES);
      this.#used = 0;
    }
    return new Group(segment, firstLsn, offset, this.#slabs, slab, this.#used);
  }

  /** The group grows no more: the next begins behind it. */
  end(group: Group): void {
    const slab = this.#slab!;
    this.#expectedBytes = group.length;
    if (group.slab !== slab && group.slab.bytes.length > SLAB_BYTES) {
      // Small groups behind a very large one would keep all of its memory.
      return;
    }
    if (group.slab !== slab) {
      group.slab.holders++;
      this.#slabs.leave(slab);
      this.#slab = group.slab;
    }
    this.#used = group.end;
  }
}
