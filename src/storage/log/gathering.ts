import { join } from "node:path";
import { assert } from "../../base/assert.ts";
import { randomHex } from "../../base/random.ts";
import type { MarkSource } from "../log-port.ts";
import { groupsOffset, MARK_BYTES_MAX, segmentFileName } from "./format.ts";
import { GroupMaker, type Group } from "./group.ts";
import { Segment } from "./segment.ts";

/** A group that has grown so far is closed, so that one write stays short. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;
/** Far above what a batch can be; a length behind it is a bug, not data. */
const RECORD_BYTES_MAX = 1024 * 1024 * 1024;

export interface GatheringOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly mark: MarkSource;
}

/**
 * What was appended and is not written yet: records in groups, and where each group will go. A full segment is followed by a new
 * one here, when a group begins; its file is created when that group is written.
 */
export class Gathering {
  readonly #options: GatheringOptions;
  readonly #segments: Segment[];
  readonly #maker = new GroupMaker();
  /** Where the next group goes in the last segment. */
  #nextOffset: number;
  /** Grows with every append until it is written. */
  #open: Group | null = null;
  /** Closed because they were large, waiting for their write. */
  readonly #waiting: Group[] = [];
  lastLsn: number;

  /** Segments are added to `segments` as they begin. */
  constructor(options: GatheringOptions, segments: Segment[]) {
    this.#options = options;
    this.#segments = segments;
    const last = segments.at(-1);
    this.lastLsn = last?.lastLsn ?? 0;
    this.#nextOffset = last?.endOffset ?? 0;
  }

  add(record: Uint8Array): number {
    assert(record.length <= RECORD_BYTES_MAX, "a record is longer than a gigabyte");
    this.#open ??= this.#begin();
    this.#open.add(record);
    this.#open.segment.lastLsn = ++this.lastLsn;
    if (this.#open.length >= Math.min(GROUP_BYTES_MAX, this.#options.segmentBytes)) this.#waiting.push(this.#end());
    return this.lastLsn;
  }

  /** The next group to write, which grows no more; null when there is none. */
  next(): Group | null {
    return this.#waiting.shift() ?? (this.#open === null ? null : this.#end());
  }

  forget(): void {
    this.#open = null;
    this.#waiting.length = 0;
  }

  /** The mark is asked for here: before the group's first record is appended. */
  #begin(): Group {
    const firstLsn = this.lastLsn + 1;
    let segment = this.#segments.at(-1);
    const isFull = this.#nextOffset >= this.#options.segmentBytes;
    if (segment === undefined || (isFull && segment.lastLsn >= segment.firstLsn)) {
      const mark = Buffer.from(this.#options.mark());
      assert(mark.length <= MARK_BYTES_MAX, `mark of ${mark.length} bytes`);
      const salt = Number.parseInt(randomHex(4), 16);
      const header = { firstLsn, previousFirstLsn: segment?.firstLsn ?? 0, salt, mark };
      this.#nextOffset = groupsOffset(header);
      const path = join(this.#options.directory, segmentFileName(firstLsn));
      segment = new Segment(path, header, this.lastLsn, this.#nextOffset, 0);
      this.#segments.push(segment);
    }
    return this.#maker.begin(segment, firstLsn, this.#nextOffset);
  }

  #end(): Group {
    const group = this.#open!;
    this.#open = null;
    this.#maker.end(group);
    this.#nextOffset = group.offset + group.length;
    return group;
  }
}
