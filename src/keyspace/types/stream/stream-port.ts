import type { BinaryString } from "../../../base/bytes.ts";
import type { EntryCount } from "../../../crdt/operations/stream-bytes.ts";
import type { GroupAdvance } from "../../../crdt/operations/stream-group-operations.ts";
import type { StreamId } from "../../../crdt/stream-id.ts";

/** Streams in a transaction. Reads throw WrongTypeError; writers have checked the type, and that key and group are there. */
export interface StreamTransaction {
  /** Null when absent. The view is valid until the next mutator. */
  get(key: BinaryString): StreamView | null;
  /**
   * The next automatic id behind `last`, one that no other region makes: of this millisecond, or, with `milliseconds` given, of
   * that one. Null when there is none left.
   */
  automaticId(last: StreamId, milliseconds?: number | bigint): StreamId | null;
  /** XADD: `fields` alternates field and value; the id is above the last one. Creates the key when absent. */
  add(key: BinaryString, id: StreamId, fields: readonly BinaryString[]): void;
  /** XDEL, and trimming that picks its entries: ids that are there. `deleted`: a client named them. */
  remove(key: BinaryString, ids: readonly StreamId[], deleted: boolean): void;
  /** Removes every entry below an id. */
  trim(key: BinaryString, below: StreamId): void;
  /** XSETID. */
  setId(key: BinaryString, lastId: StreamId, added: EntryCount, maxDeletedId: StreamId): void;

  /** XGROUP CREATE: there is no such group. Creates the key when absent. */
  createGroup(key: BinaryString, group: BinaryString, start: StreamId, entriesRead: EntryCount | null): void;
  /** XGROUP SETID. */
  setGroup(key: BinaryString, group: BinaryString, last: StreamId, entriesRead: EntryCount | null): void;
  destroyGroup(key: BinaryString, group: BinaryString): void;
  createConsumer(key: BinaryString, group: BinaryString, consumer: BinaryString): void;
  removeConsumer(key: BinaryString, group: BinaryString, consumer: BinaryString): void;
  /** The entries are pending for the consumer from now on, whoever had them before. */
  deliver(key: BinaryString, group: BinaryString, delivery: NewDelivery): void;
  /** XACK: ids that are pending. */
  acknowledge(key: BinaryString, group: BinaryString, ids: readonly StreamId[]): void;
  /** The consumer has asked for something. Known in this region only: no batch comes of it. */
  sawConsumer(key: BinaryString, group: BinaryString, consumer: BinaryString): void;
}

export interface NewDelivery {
  readonly consumer: BinaryString;
  readonly deliveredMs: number;
  readonly ids: readonly StreamId[];
  /** How often each has been delivered now. */
  readonly counts: readonly number[];
  /** Delivered without being pending (NOACK), of those that were late. */
  readonly settled: readonly StreamId[];
  readonly advance: GroupAdvance | null;
}

export type StreamEntry = readonly [id: StreamId, fields: readonly BinaryString[]];

export interface StreamView {
  readonly size: number;
  readonly firstId: StreamId | undefined;
  /** Of the entry with the highest id that is there. */
  readonly topId: StreamId | undefined;
  /** The highest id there ever was. */
  readonly lastId: StreamId;
  readonly entriesAdded: EntryCount;
  /** The highest id that XDEL removed: known to this region. */
  readonly maxDeletedId: StreamId;
  has(id: StreamId): boolean;
  fields(id: StreamId): readonly BinaryString[] | null;
  /** Both ends included, upwards. */
  range(from: StreamId, to: StreamId): Iterable<StreamEntry>;
  /** Both ends included, downwards. */
  reversed(from: StreamId, to: StreamId): Iterable<StreamEntry>;
  /** Both ends included, upwards. */
  ids(from: StreamId, to: StreamId): Iterable<StreamId>;
  countBelow(id: StreamId): number;
  /** The id that has `rank` entries below it. */
  idAt(rank: number): StreamId | undefined;
  /** By name. */
  groups(): readonly GroupView[];
  group(name: BinaryString): GroupView | null;
}

export interface GroupView {
  readonly name: BinaryString;
  readonly lastDelivered: StreamId;
  readonly entriesRead: EntryCount | null;
  /** Entries at or below `lastDelivered` that are still to be delivered here (row T5): how many, and which. */
  readonly lateCount: number;
  late(): Iterable<StreamId>;
  isLate(id: StreamId): boolean;
  /** Regions have moved it at the same time, so `entriesRead` may be too low. */
  readonly isContested: boolean;
  readonly pendingCount: number;
  readonly firstPending: StreamId | undefined;
  readonly lastPending: StreamId | undefined;
  delivery(id: StreamId): DeliveryView | null;
  /** Both ends included, upwards. */
  pendingIds(from: StreamId, to: StreamId): Iterable<StreamId>;
  /** By name. */
  consumers(): readonly ConsumerView[];
  consumer(name: BinaryString): ConsumerView | null;
}

export interface DeliveryView {
  readonly consumer: BinaryString;
  readonly deliveredMs: number;
  readonly count: number;
}

export interface ConsumerView {
  readonly name: BinaryString;
  readonly pendingCount: number;
  readonly seenMs: number;
  /** -1: it was never given anything. */
  readonly activeMs: number;
  /** Both ends included, upwards. */
  pending(from: StreamId, to: StreamId): Iterable<StreamId>;
}
