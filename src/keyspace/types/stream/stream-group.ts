import { ConcurrentValues, type Written } from "../../../crdt/concurrent-values.ts";
import type { Context } from "../../../crdt/context.ts";
import { wallMsOfStamp } from "../../../crdt/hlc.ts";
import type { StreamDeliver } from "../../../crdt/operations/stream-group-operations.ts";
import type { EntryCount } from "../../../crdt/operations/stream-bytes.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Coverage, Dot } from "../../../crdt/register.ts";
import { STREAM_ID_MIN, type StreamId } from "../../../crdt/stream-id.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { IdMap } from "./id-map.ts";
import { consumerRow, groupRow, lateRow, pendingRow } from "./stream-names.ts";

/** What is told each row that is no longer what it was. */
export type Changed = (row: string) => void;

/**
 * Whatever a group holds was written by somebody who saw it created, and lives as long as one of the creations he saw: its
 * *anchors*. So a read that crosses with XGROUP DESTROY or DEL does not bring anything back, in whatever order they come.
 */
interface Anchored extends Written {
  readonly anchors: readonly Dot[];
}

/** How far a group has come. `start`: where it was created; `reached`: by reading, or by XGROUP SETID. */
export interface Position extends Anchored {
  readonly kind: "start" | "reached";
  readonly id: StreamId;
  readonly entriesRead: EntryCount | null;
}

/** An entry that was delivered to a consumer and not acknowledged. */
export interface Delivery extends Anchored {
  readonly consumer: string;
  readonly deliveredMs: number;
  readonly count: number;
}

export class StreamConsumer {
  /** XGROUP CREATECONSUMER, or its first read. */
  created = new ConcurrentValues<Anchored>();
  /** Ids that are shown as pending for it. */
  readonly pending = new IdMap<true>();
  /** Local: when this region last heard of it, and when it was last given something; -1: never. */
  seenMs = 0;
  activeMs = -1;

  /** A consumer is there once created, or while something is pending for it. */
  get isVisible(): boolean {
    return !this.created.isEmpty || this.pending.size > 0;
  }
}

/**
 * A consumer group: created and destroyed by observed-remove, with registers for how far it has come and for whose each pending
 * entry is. `late` alone is this region's own: entries that this group has to deliver though it is already past their ids
 * (row T5). It follows from the order in which batches came here, so it is in the rows and not in the canonical form.
 */
export class StreamGroup {
  readonly name: string;
  /** XGROUP CREATE, as often as it was done at the same time. */
  creations = new ConcurrentValues<Written>();
  positions = new ConcurrentValues<Position>();
  readonly consumers = new Map<string, StreamConsumer>();
  readonly pending = new IdMap<ConcurrentValues<Delivery>>();
  readonly late = new IdMap<true>();
  /** Pending entries with concurrent deliveries. */
  readonly #contested = new Set<StreamId>();

  constructor(name: string) {
    this.name = name;
  }

  get isEmpty(): boolean {
    return this.creations.isEmpty;
  }

  get bytes(): number {
    return 600 + 2 * this.name.length + 260 * this.pending.size + 500 * this.consumers.size + 48 * this.late.size;
  }

  /** The furthest that reading or XGROUP SETID has come; before either, the first of the places where it was created. */
  get position(): Position | undefined {
    const { values } = this.positions;
    if (values.length < 2) return values[0];
    const reached = values.filter((one) => one.kind === "reached");
    if (reached.length > 0) return reached.reduce((best, one) => (comparePositions(one, best) > 0 ? one : best));
    return values.reduce((best, one) => (comparePositions(one, best) < 0 ? one : best));
  }

  get lastDelivered(): StreamId {
    return this.position?.id ?? STREAM_ID_MIN;
  }

  /** The creations that a write had observed and that still stand; null when there is none: then it has nothing to say. */
  anchorsOf(context: Context): readonly Dot[] | null {
    const observed = this.creations.values.filter((one) => context.covers(one.origin, one.sequence));
    return observed.length === 0 ? null : observed.map(({ origin, sequence }) => ({ origin, sequence }));
  }

  consumer(name: string): StreamConsumer {
    let consumer = this.consumers.get(name);
    if (consumer === undefined) this.consumers.set(name, (consumer = new StreamConsumer()));
    return consumer;
  }

  putConsumer(context: Context, anchors: readonly Dot[], name: string, seenMs: number, changed: Changed): void {
    const consumer = this.consumer(name);
    consumer.created.put(context, written(context, { anchors }));
    consumer.seenMs = Math.max(consumer.seenMs, seenMs);
    changed(consumerRow(this.name, name));
  }

  removeConsumer(context: Context, name: string, origins: OriginTable, changed: Changed): void {
    const consumer = this.consumers.get(name);
    consumer?.created.removeObserved(context);
    const isIts = (one: Delivery): boolean => one.consumer === name;
    for (const id of [...(consumer?.pending.listed() ?? []), ...this.#contested]) {
      this.#changePending(id, origins, changed, (values) => values.removeObserved(context, isIts));
    }
    changed(consumerRow(this.name, name));
    this.#forgetConsumer(name, changed);
  }

  deliver(
    context: Context,
    anchors: readonly Dot[],
    { consumer, ids, counts, deliveredMs, settled }: StreamDeliver,
    origins: OriginTable,
    changed: Changed,
  ): void {
    for (const [index, id] of ids.entries()) {
      const delivery = written(context, { anchors, consumer, deliveredMs, count: counts[index]! });
      if (!this.pending.has(id)) this.pending.set(id, new ConcurrentValues());
      this.#changePending(id, origins, changed, (values) => values.put(context, delivery));
      this.notLate(id, changed);
    }
    for (const id of settled) this.notLate(id, changed);
    const known = this.consumers.get(consumer);
    if (known === undefined || ids.length === 0) return;
    known.seenMs = Math.max(known.seenMs, wallMsOfStamp(context.stamp));
    known.activeMs = Math.max(known.activeMs, known.seenMs);
    changed(consumerRow(this.name, consumer));
  }

  acknowledge(context: Context, ids: readonly StreamId[], origins: OriginTable, changed: Changed): void {
    for (const id of ids) this.#changePending(id, origins, changed, (values) => values.removeObserved(context));
  }

  setLate(id: StreamId, changed: Changed): void {
    this.late.set(id, true);
    changed(lateRow(this.name, id));
  }

  notLate(id: StreamId, changed: Changed): void {
    if (this.late.size > 0 && this.late.delete(id)) changed(lateRow(this.name, id));
  }

  /** XGROUP DESTROY, DEL: with the creations it observed goes what nobody else's creation holds. */
  removeObserved(context: Context, origins: OriginTable, changed: Changed): void {
    if (!this.creations.removeObserved(context)) return;
    changed(groupRow(this.name));
    const lives = ({ anchors }: Anchored): boolean =>
      anchors.some(({ origin, sequence }) =>
        this.creations.values.some((one) => one.origin === origin && one.sequence === sequence),
      );
    this.positions.retain(lives);
    for (const id of this.pending.listed()) {
      this.#changePending(id, origins, changed, (values) => values.retain(lives));
    }
    for (const [name, consumer] of this.consumers) {
      if (consumer.created.retain(lives)) changed(consumerRow(this.name, name));
      this.#forgetConsumer(name, changed);
    }
    if (this.isEmpty) for (const id of this.late.listed()) this.notLate(id, changed);
  }

  isWithin(frontier: VersionVector): boolean {
    for (const value of this.#everything()) if (!frontier.covers(value.origin, value.sequence)) return false;
    return true;
  }

  isObservedBy(observed: Coverage): boolean {
    return this.creations.values.some((one) => observed.covers(one.origin, one.sequence));
  }

  *#everything(): Generator<Written> {
    yield* this.creations.values;
    yield* this.positions.values;
    for (const consumer of this.consumers.values()) yield* consumer.created.values;
    for (const [, values] of this.pending.entries()) yield* values.values;
  }

  /** Puts back what a row said. */
  restorePending(id: StreamId, values: ConcurrentValues<Delivery>): void {
    this.pending.set(id, values);
    if (values.values.length > 1) this.#contested.add(id);
    this.consumer(values.first!.consumer).pending.set(id, true);
  }

  #changePending(
    id: StreamId,
    origins: OriginTable,
    changed: Changed,
    change: (values: ConcurrentValues<Delivery>) => void,
  ): void {
    const values = this.pending.get(id);
    if (values === undefined) return;
    const before = values.first?.consumer;
    change(values);
    values.settle(origins);
    const after = values.first?.consumer;
    if (before !== after && before !== undefined) {
      this.consumers.get(before)?.pending.delete(id);
      this.#forgetConsumer(before, changed);
    }
    if (after === undefined) this.pending.delete(id);
    else if (before !== after) this.consumer(after).pending.set(id, true);
    if (values.values.length > 1) this.#contested.add(id);
    else this.#contested.delete(id);
    changed(pendingRow(this.name, id));
  }

  #forgetConsumer(name: string, changed: Changed): void {
    if (this.consumers.get(name)?.isVisible !== false) return;
    this.consumers.delete(name);
    changed(consumerRow(this.name, name));
  }
}

/** A value with the dot and stamp of the write that brings it. */
export function written<Value extends object>(context: Context, value: Value): Value & Written {
  return { origin: context.origin, sequence: context.sequence, stamp: context.stamp, ...value };
}

function comparePositions(left: Position, right: Position): number {
  if (left.id !== right.id) return left.id < right.id ? -1 : 1;
  return Number(left.entriesRead ?? -1) - Number(right.entriesRead ?? -1);
}
