import { addIntegers } from "../../../crdt/delta.ts";
import { ConcurrentValues, type Written } from "../../../crdt/concurrent-values.ts";
import type { Context } from "../../../crdt/context.ts";
import type { EntryCount } from "../../../crdt/operations/stream-bytes.ts";
import type { OriginTable, RegionName } from "../../../crdt/origin.ts";
import { STREAM_ID_MIN, type StreamId } from "../../../crdt/stream-id.ts";
import { written } from "./stream-group.ts";

/** What one region said last of the stream: the highest id there was, and how many entries it has added itself. */
export interface Mark extends Written {
  readonly region: RegionName;
  readonly lastId: StreamId;
  readonly added: EntryCount;
}

/**
 * What a stream is besides its entries: that it is there at all, its last id, and how many entries were ever added. Every XADD
 * leaves a mark and replaces the one of its region; XSETID replaces all it has observed. The last id is the highest of
 * them; the count is their sum, so that what regions add at the same time is counted once each, exactly, without increments
 * that would wait for stability. A stream is there as long as a mark is.
 */
export class StreamMarks {
  values = new ConcurrentValues<Mark>();

  get isEmpty(): boolean {
    return this.values.isEmpty;
  }

  get lastId(): StreamId {
    let last = STREAM_ID_MIN;
    for (const { lastId } of this.values.values) if (lastId > last) last = lastId;
    return last;
  }

  /** What was added by every region. */
  get added(): EntryCount {
    const { values } = this.values;
    if (values.length === 1) return values[0]!.added;
    let sum: EntryCount = 0;
    for (const region of new Set(values.map((mark) => mark.region))) sum = addIntegers(sum, this.addedBy(region));
    return sum;
  }

  /** Two marks of one region are there when an old copy of its directory was started: the higher one knows more. */
  addedBy(region: RegionName): EntryCount {
    let most: EntryCount = 0;
    for (const mark of this.values.values) if (mark.region === region && mark.added > most) most = mark.added;
    return most;
  }

  removeObserved(context: Context, origins: OriginTable): void {
    this.values.removeObserved(context);
    this.values.settle(origins);
  }

  /** XADD, XGROUP CREATE: replaces what it observed of its own region. */
  putOwn(context: Context, lastId: StreamId, added: EntryCount, origins: OriginTable): void {
    const region = origins.region(context.origin);
    this.values.put(context, written(context, { region, lastId, added }), (mark) => mark.region === region);
    this.values.settle(origins);
  }

  /** XSETID: replaces all that it observed. */
  putAll(context: Context, lastId: StreamId, added: EntryCount, origins: OriginTable): void {
    this.values.put(context, written(context, { region: origins.region(context.origin), lastId, added }));
    this.values.settle(origins);
  }
}
