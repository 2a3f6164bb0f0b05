import type { BinaryString } from "../../base/bytes.ts";
import { utf8ToBinary } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import { jsonText } from "../../crdt/document/json-text.ts";
import type { KeyType } from "../../crdt/operations/operation-kind.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { HashView } from "../../keyspace/types/hash/hash-port.ts";
import { encodeStream } from "./encode-stream.ts";
import { LIMIT_NOT_COPIED } from "../limit-refusals.ts";
import { sealPayload } from "./payload.ts";
import { RdbWriter } from "./rdb-writer.ts";
import { JSON_MODULE_ID, MODULE_END, MODULE_STRING, RDB } from "./value-types.ts";

/** What Redis 7.0 writes and reads; 7.4 brought fields with deadlines, with version 12. */
const VERSION = 10;
const VERSION_WITH_FIELD_DEADLINES = 12;

type Encode = (writer: RdbWriter, tx: Transaction, key: BinaryString) => number;

/** Every type in the plainest form that all versions of Redis read; answers the version needed. */
const BY_TYPE: Readonly<Record<KeyType, Encode>> = {
  string: encodeString,
  sketch: encodeString,
  zset(writer, tx, key) {
    const zset = tx.sortedSets.get(key)!;
    writer.byte(RDB.sortedSet);
    writer.integer(zset.size);
    // The highest score first, as Redis has it: then each is put at the front.
    for (const { member, score } of zset.slice(0, zset.size).toReversed()) {
      writer.string(member);
      writer.double(score);
    }
    return VERSION;
  },
  list(writer, tx, key) {
    const list = tx.lists.get(key)!;
    writer.byte(RDB.list);
    writer.integer(list.size);
    for (const value of list.slice(0, list.size)) writer.string(value);
    return VERSION;
  },
  set(writer, tx, key) {
    const { size, members } = tx.sets.get(key)!;
    writer.byte(RDB.set);
    writer.integer(size);
    for (const member of members) writer.string(member);
    return VERSION;
  },
  hash(writer, tx, key) {
    const hash = tx.hashes.get(key)!;
    const earliestMs = earliestDeadline(hash);
    if (earliestMs !== NO_DEADLINE) return encodeWithDeadlines(writer, hash, earliestMs);
    writer.byte(RDB.hash);
    writer.integer(hash.size);
    for (const [field, value] of hash.entries()) {
      writer.string(field);
      writer.string(value);
    }
    return VERSION;
  },
  "ReJSON-RL"(writer, tx, key) {
    writer.byte(RDB.module);
    writer.integer(JSON_MODULE_ID);
    writer.integer(MODULE_STRING);
    writer.string(utf8ToBinary(jsonText(tx.documents.get(key)!.root)));
    writer.integer(MODULE_END);
    return VERSION;
  },
  limit() {
    throw LIMIT_NOT_COPIED;
  },
  stream(writer, tx, key) {
    writer.byte(RDB.streamOfVersion70);
    encodeStream(writer, tx.streams.get(key)!);
    return VERSION;
  },
};

function encodeString(writer: RdbWriter, tx: Transaction, key: BinaryString): number {
  writer.byte(RDB.string);
  writer.string(tx.strings.get(key)!);
  return VERSION;
}

/** DUMP's payload of a key; null when there is none. */
export function dumpOf(tx: Transaction, key: BinaryString): BinaryString | null {
  const type = tx.typeOf(key);
  if (type === null) return null;
  const writer = new RdbWriter();
  const version = BY_TYPE[type](writer, tx, key);
  return sealPayload(writer.finish(), version);
}

function earliestDeadline(hash: HashView): number {
  let earliestMs: number = NO_DEADLINE;
  for (const field of hash.fields()) {
    const atMs = hash.deadlineOf(field)!;
    if (atMs !== NO_DEADLINE && (earliestMs === NO_DEADLINE || atMs < earliestMs)) earliestMs = atMs;
  }
  return earliestMs;
}

function encodeWithDeadlines(writer: RdbWriter, hash: HashView, earliestMs: number): number {
  writer.byte(RDB.hashWithDeadlines);
  writer.milliseconds(earliestMs);
  writer.integer(hash.size);
  for (const [field, value] of hash.entries()) {
    const atMs = hash.deadlineOf(field)!;
    writer.integer(atMs === NO_DEADLINE ? 0 : atMs - earliestMs + 1);
    writer.string(field);
    writer.string(value);
  }
  return VERSION_WITH_FIELD_DEADLINES;
}
