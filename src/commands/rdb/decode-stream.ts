import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";
import { parseInt64 } from "../../crdt/delta.ts";
import type { EntryCount } from "../../crdt/operations/stream-bytes.ts";
import {
  millisecondsOf,
  sequenceOf,
  STREAM_ID_BYTES,
  STREAM_ID_MIN,
  streamId,
  UINT64_MAX,
  type StreamId,
} from "../../crdt/stream-id.ts";
import { readListpack } from "./compact-lists.ts";
import type { RdbReader } from "./rdb-reader.ts";
import type { StoredConsumer, StoredDelivery, StoredGroup, StoredStream } from "./stored-value.ts";
import { RDB } from "./value-types.ts";

/** Flags of an entry in a node. */
const DELETED = 1;
const SAME_FIELDS = 2;

/** The streams of Redis 5 to 7.2: nodes of entries, the ids it keeps, and its groups with what is pending. */
export function decodeStream(type: number, reader: RdbReader): StoredStream {
  const entries: StoredStream["entries"][number][] = [];
  for (let left = reader.count(); left > 0; left--) readNode(reader, entries);
  const size = reader.integer();
  const lastId = readIdParts(reader);
  let maxDeletedId = STREAM_ID_MIN;
  let entriesAdded: EntryCount = size;
  if (type !== RDB.streamOfVersion5) {
    readIdParts(reader);
    maxDeletedId = readIdParts(reader);
    entriesAdded = reader.integer();
  }
  let before = STREAM_ID_MIN;
  for (const [id] of entries) {
    if (id <= before) throw new MalformedBytesError("entries of a stream out of order");
    before = id;
  }
  if (size !== entries.length || before > lastId) throw new MalformedBytesError("a stream contradicts itself");
  const groups: StoredGroup[] = [];
  for (let left = reader.count(); left > 0; left--) groups.push(readGroup(type, reader));
  if (new Set(groups.map(({ name }) => name)).size !== groups.length) {
    throw new MalformedBytesError("a stream names a group twice");
  }
  return { type: "stream", entries, lastId, maxDeletedId, entriesAdded, groups };
}

/** A node: its first entry's fields stand for all entries that have the same; ids count from the node's. */
function readNode(reader: RdbReader, entries: StoredStream["entries"][number][]): void {
  const master = reader.buffer();
  if (master.length !== STREAM_ID_BYTES) throw new MalformedBytesError("a node of a stream without an id");
  const masterId = master.latin1Slice();
  const words = new Words(readListpack(reader.buffer(), reader));
  const total = words.count() + words.count();
  const fields = words.take(words.count());
  words.count();
  for (let left = total; left > 0; left--) {
    const flags = words.count();
    const id = offsetId(masterId, words.long(), words.long());
    const pairs =
      flags & SAME_FIELDS ? fields.flatMap((field) => [field, words.word()]) : words.take(2 * words.count());
    words.count();
    if ((flags & DELETED) !== 0) continue;
    if (pairs.length === 0) throw new MalformedBytesError("an entry without fields");
    reader.spend(16 * pairs.length);
    entries.push([id, pairs]);
  }
  if (!words.atEnd) throw new MalformedBytesError("a node of a stream goes on");
}

function offsetId(master: StreamId, milliseconds: bigint, sequence: bigint): StreamId {
  const add = (part: number | bigint, more: bigint): bigint => BigInt.asUintN(64, BigInt(part) + more);
  return streamId(add(millisecondsOf(master), milliseconds), add(sequenceOf(master), sequence));
}

function readIdParts(reader: RdbReader): StreamId {
  const milliseconds = reader.integer();
  return streamId(milliseconds, reader.integer());
}

function readGroup(type: number, reader: RdbReader): StoredGroup {
  const name = reader.string();
  const lastDelivered = readIdParts(reader);
  let entriesRead: EntryCount | null = null;
  if (type !== RDB.streamOfVersion5) {
    const read = reader.integer();
    // Unknown is written as -1.
    entriesRead = read === UINT64_MAX ? null : read;
  }
  const pending = new Map<StreamId, StoredDelivery>();
  for (let left = reader.count(); left > 0; left--) {
    const id = reader.take(STREAM_ID_BYTES).latin1Slice();
    const deliveredMs = Math.max(0, reader.milliseconds());
    const count = reader.integer();
    if (!Number.isSafeInteger(deliveredMs) || typeof count !== "number" || pending.has(id)) {
      throw new MalformedBytesError("a malformed delivery");
    }
    pending.set(id, { id, deliveredMs, count });
  }
  const consumers: StoredConsumer[] = [];
  for (let left = reader.count(); left > 0; left--) consumers.push(readConsumer(type, reader, pending));
  if (pending.size > 0 || new Set(consumers.map((consumer) => consumer.name)).size !== consumers.length) {
    throw new MalformedBytesError("a group contradicts itself");
  }
  return { name, lastDelivered, entriesRead, consumers };
}

/** Takes what the consumer has out of the group's list: each delivery is one consumer's. */
function readConsumer(type: number, reader: RdbReader, pending: Map<StreamId, StoredDelivery>): StoredConsumer {
  const name = reader.string();
  // When it was last seen, and when it last got something: known to one region only here.
  reader.milliseconds();
  if (type === RDB.streamOfVersion72) reader.milliseconds();
  const own: StoredDelivery[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const id = reader.take(STREAM_ID_BYTES).latin1Slice();
    const delivery = pending.get(id);
    if (delivery === undefined) throw new MalformedBytesError("a consumer has what its group has not");
    pending.delete(id);
    own.push(delivery);
  }
  return { name, pending: own };
}

/** The elements of a node, one after the other. */
class Words {
  readonly #words: readonly BinaryString[];
  #at = 0;

  constructor(words: readonly BinaryString[]) {
    this.#words = words;
  }

  get atEnd(): boolean {
    return this.#at === this.#words.length;
  }

  word(): BinaryString {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new MalformedBytesError("a node of a stream ends too early");
    return word;
  }

  take(count: number): readonly BinaryString[] {
    if (count > this.#words.length - this.#at) throw new MalformedBytesError("a node of a stream ends too early");
    this.#at += count;
    return this.#words.slice(this.#at - count, this.#at);
  }

  long(): bigint {
    const value = parseInt64(this.word());
    if (value === null) throw new MalformedBytesError("a number of a stream's node is none");
    return BigInt(value);
  }

  count(): number {
    const value = Number(this.long());
    if (value < 0) throw new MalformedBytesError("a count of a stream's node is negative");
    return value;
  }
}
