import type { BinaryString } from "../../base/bytes.ts";
import type { JsonValue } from "../../crdt/document/json-value.ts";
import { nextStreamId, STREAM_ID_MIN } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { unreachable } from "../../base/assert.ts";
import { readJson } from "../json/json-reader.ts";
import type { StoredDelivery, StoredGroup, StoredStream, StoredValue } from "./stored-value.ts";

/** A value that has been read to its end: nothing can be wrong with it any more. */
export type RestorableValue = Exclude<StoredValue, { type: "ReJSON-RL" }> | { type: "ReJSON-RL"; document: JsonValue };

/** Throws refusals of the JSON reader. */
export function restorable(value: StoredValue): RestorableValue {
  return value.type === "ReJSON-RL" ? { type: value.type, document: readJson(value.text) } : value;
}

/** Whatever the key held, it now is this value, without a deadline. */
export function restoreValue(tx: Transaction, key: BinaryString, value: RestorableValue): void {
  switch (value.type) {
    case "string":
      tx.strings.set(key, value.value, 0);
      return;
    case "list":
      tx.lists.store(key, value.values);
      return;
    case "set":
      tx.sets.store(key, value.members);
      return;
    case "zset":
      tx.sortedSets.store(key, value.scored);
      return;
    case "hash":
      tx.hashes.store(key, value.pairs);
      for (const [field, atMs] of value.deadlines) tx.hashes.setDeadline(key, [field], atMs);
      return;
    case "ReJSON-RL":
      if (tx.typeOf(key) !== null) tx.delete(key);
      tx.documents.create(key, value.document);
      return;
    case "stream":
      if (tx.typeOf(key) !== null) tx.delete(key);
      restoreStream(tx, key, value);
      return;
    default:
      unreachable(value);
  }
}

function restoreStream(tx: Transaction, key: BinaryString, stream: StoredStream): void {
  for (const [id, fields] of stream.entries) tx.streams.add(key, id, fields);
  if (stream.entries.length === 0) {
    // A stream without entries begins with one that goes.
    const id = stream.lastId > STREAM_ID_MIN ? stream.lastId : nextStreamId(STREAM_ID_MIN)!;
    tx.streams.add(key, id, ["", ""]);
    tx.streams.remove(key, [id], false);
  }
  tx.streams.setId(key, stream.lastId, stream.entriesAdded, stream.maxDeletedId);
  for (const group of stream.groups) restoreGroup(tx, key, group);
}

function restoreGroup(
  tx: Transaction,
  key: BinaryString,
  { name, lastDelivered, entriesRead, consumers }: StoredGroup,
) {
  tx.streams.createGroup(key, name, lastDelivered, entriesRead);
  for (const consumer of consumers) {
    tx.streams.createConsumer(key, name, consumer.name);
    for (const [deliveredMs, deliveries] of byMoment(consumer.pending)) {
      tx.streams.deliver(key, name, {
        consumer: consumer.name,
        deliveredMs,
        ids: deliveries.map(({ id }) => id),
        counts: deliveries.map(({ count }) => count),
        settled: [],
        advance: null,
      });
    }
  }
}

function byMoment(pending: readonly StoredDelivery[]): Map<number, StoredDelivery[]> {
  const moments = new Map<number, StoredDelivery[]>();
  for (const delivery of pending) {
    const moment = moments.get(delivery.deliveredMs);
    if (moment === undefined) moments.set(delivery.deliveredMs, [delivery]);
    else moment.push(delivery);
  }
  return moments;
}
