import { formatStreamId, STREAM_ID_MAX, STREAM_ID_MIN, streamId, type StreamId } from "../../src/crdt/stream-id.ts";
import { deliverNew, deliverOwn } from "../../src/commands/families/stream-delivery.ts";
import type { GroupView } from "../../src/keyspace/types/stream/stream-port.ts";
import type { Transaction } from "../../src/keyspace/transaction-port.ts";

export const id = (milliseconds: number): StreamId => streamId(milliseconds, 0);

interface Runner {
  run<Result>(body: (tx: Transaction) => Result): Result;
}

/** One stream as a client of one region uses it. */
export class StreamClient {
  readonly region: Runner;
  readonly key: string;

  constructor(region: Runner, key = "s") {
    this.region = region;
    this.key = key;
  }

  add(_automatic: "*"): StreamId {
    return this.region.run((tx) => {
      const made = tx.streams.automaticId(tx.streams.get(this.key)?.lastId ?? STREAM_ID_MIN)!;
      tx.streams.add(this.key, made, ["f", "v"]);
      return made;
    });
  }

  addAt(at: StreamId, ...fields: string[]): void {
    this.region.run((tx) => tx.streams.add(this.key, at, fields.length === 0 ? ["f", "v"] : fields));
  }

  remove(...ids: StreamId[]): void {
    this.region.run((tx) => tx.streams.remove(this.key, ids, true));
  }

  trimBelow(below: StreamId): void {
    this.region.run((tx) => tx.streams.trim(this.key, below));
  }

  createGroup(group: string, start: StreamId): void {
    this.region.run((tx) => tx.streams.createGroup(this.key, group, start, null));
  }

  setGroup(group: string, last: StreamId): void {
    this.region.run((tx) => tx.streams.setGroup(this.key, group, last, null));
  }

  destroyGroup(group: string): void {
    this.region.run((tx) => tx.streams.destroyGroup(this.key, group));
  }

  removeConsumer(group: string, consumer: string): void {
    this.region.run((tx) => tx.streams.removeConsumer(this.key, group, consumer));
  }

  /** XREADGROUP with `>`: ids. */
  read(group: string, consumer: string, count: number | null = null, noAck = false): string[] {
    return this.region.run((tx) => {
      if (tx.streams.get(this.key)?.group(group) == null) return [];
      if (tx.streams.get(this.key)!.group(group)!.consumer(consumer) === null) {
        tx.streams.createConsumer(this.key, group, consumer);
      }
      return idsOf(deliverNew(tx, { key: this.key, group, consumer }, count, noAck));
    });
  }

  /** XREADGROUP with 0: ids. */
  own(group: string, consumer: string): string[] {
    return this.region.run((tx) => idsOf(deliverOwn(tx, { key: this.key, group, consumer }, STREAM_ID_MIN, null)));
  }

  acknowledge(group: string, ...ids: StreamId[]): void {
    this.region.run((tx) => tx.streams.acknowledge(this.key, group, ids));
  }

  all(): StreamId[] {
    return this.region.run((tx) => [...(tx.streams.get(this.key)?.ids(STREAM_ID_MIN, STREAM_ID_MAX) ?? [])]);
  }

  ids(): string[] {
    return this.all().map(formatStreamId);
  }

  entries(): string[][] {
    return this.region.run((tx) =>
      Array.from(tx.streams.get(this.key)?.range(STREAM_ID_MIN, STREAM_ID_MAX) ?? [], ([at, fields]) => [
        formatStreamId(at),
        ...fields,
      ]),
    );
  }

  facts(): { readonly lastId: string; readonly added: number; readonly size: number } {
    return this.region.run((tx) => {
      const view = tx.streams.get(this.key)!;
      return { lastId: formatStreamId(view.lastId), added: Number(view.entriesAdded), size: view.size };
    });
  }

  groups(): string[] {
    return this.region.run(
      (tx) =>
        tx.streams
          .get(this.key)
          ?.groups()
          .map(({ name }) => name) ?? [],
    );
  }

  consumers(group: string): string[] {
    return this.#group(group, (view) => view.consumers().map(({ name }) => name));
  }

  pending(group: string): (readonly [string, string, number])[] {
    return this.#group(group, (view) =>
      Array.from(view.pendingIds(STREAM_ID_MIN, STREAM_ID_MAX), (at) => {
        const { consumer, count } = view.delivery(at)!;
        return [formatStreamId(at), consumer, count] as const;
      }),
    );
  }

  #group<Result>(name: string, read: (group: GroupView) => Result): Result {
    return this.region.run((tx) => read(tx.streams.get(this.key)!.group(name)!));
  }
}

function idsOf(replies: readonly unknown[]): string[] {
  return replies.map((reply) => (reply as readonly string[])[0]!);
}
