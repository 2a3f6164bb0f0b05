import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../crdt/deadline.ts";
import { parseInt64 } from "../../crdt/delta.ts";
import type { Scored } from "../../crdt/score.ts";
import { readIntegerSet, readListpack, readZiplist } from "./compact-lists.ts";
import { decodeStream } from "./decode-stream.ts";
import { RdbReader } from "./rdb-reader.ts";
import type { StoredHash, StoredValue } from "./stored-value.ts";
import { JSON_MODULE_ID, MODULE_END, MODULE_STRING, RDB } from "./value-types.ts";

/** How a node of a quicklist is kept. */
const PLAIN_NODE = 1;

/** The value in a payload's body. Throws MalformedBytesError when it is none, or of a type that is not known here. */
export function decodeValue(body: Buffer): StoredValue {
  const reader = new RdbReader(body);
  const value = valueOfType(reader.byte(), reader);
  if (!reader.atEnd) throw new MalformedBytesError("bytes behind a value");
  return value;
}

function valueOfType(type: number, reader: RdbReader): StoredValue {
  switch (type) {
    case RDB.string:
      return { type: "string", value: reader.string() };
    case RDB.list:
      return list(strings(reader, reader.count()));
    case RDB.listOfZiplists:
      return list(nodes(reader, () => readZiplist(reader.buffer(), reader)));
    case RDB.listOfListpacks:
      return list(nodes(reader, () => listNode(reader)));
    case RDB.set:
      return set(strings(reader, reader.count()));
    case RDB.integerSet:
      return set(readIntegerSet(reader.buffer(), reader));
    case RDB.setListpack:
      return set(readListpack(reader.buffer(), reader));
    case RDB.sortedSet:
      return sortedSet(scoredOf(reader, () => reader.double()));
    case RDB.sortedSetText:
      return sortedSet(scoredOf(reader, () => textScore(reader)));
    case RDB.sortedSetListpack:
      return sortedSet(pairedScores(readListpack(reader.buffer(), reader)));
    case RDB.sortedSetZiplist:
      return sortedSet(pairedScores(readZiplist(reader.buffer(), reader)));
    case RDB.hash:
      return hash(strings(reader, 2 * reader.count()));
    case RDB.hashListpack:
      return hash(readListpack(reader.buffer(), reader));
    case RDB.hashZiplist:
      return hash(readZiplist(reader.buffer(), reader));
    case RDB.hashWithDeadlines:
      return hashWithDeadlines(reader);
    case RDB.hashListpackWithDeadlines:
      return listpackWithDeadlines(reader);
    case RDB.streamOfVersion5:
    case RDB.streamOfVersion70:
    case RDB.streamOfVersion72:
      return decodeStream(type, reader);
    case RDB.module:
      return document(reader);
    default:
      throw new MalformedBytesError(`a value of type ${type}`);
  }
}

function strings(reader: RdbReader, count: number): BinaryString[] {
  return Array.from({ length: count }, () => reader.string());
}

function nodes(reader: RdbReader, read: () => readonly BinaryString[]): BinaryString[] {
  const values: BinaryString[] = [];
  for (let left = reader.count(); left > 0; left--) for (const value of read()) values.push(value);
  return values;
}

function listNode(reader: RdbReader): readonly BinaryString[] {
  return reader.integer() === PLAIN_NODE ? [reader.string()] : readListpack(reader.buffer(), reader);
}

function list(values: readonly BinaryString[]): StoredValue {
  refuseEmpty(values);
  return { type: "list", values };
}

function set(members: readonly BinaryString[]): StoredValue {
  refuseEmpty(members);
  refuseDuplicates(members);
  return { type: "set", members };
}

function sortedSet(scored: readonly Scored[]): StoredValue {
  refuseEmpty(scored);
  refuseDuplicates(scored.map(({ member }) => member));
  if (scored.some(({ score }) => Number.isNaN(score))) throw new MalformedBytesError("a score that is no number");
  return { type: "zset", scored };
}

function scoredOf(reader: RdbReader, score: () => number): Scored[] {
  return Array.from({ length: reader.count() }, () => {
    const member = reader.string();
    return { member, score: score() + 0 };
  });
}

/** The oldest form: a length and digits; three lengths are none. */
function textScore(reader: RdbReader): number {
  const length = reader.byte();
  if (length >= 253) return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][length - 253]!;
  return scoreWord(reader.take(length).latin1Slice());
}

function pairedScores(words: readonly BinaryString[]): Scored[] {
  if (words.length % 2 !== 0) throw new MalformedBytesError("a member without a score");
  return Array.from({ length: words.length / 2 }, (_, index) => {
    return { member: words[2 * index]!, score: scoreWord(words[2 * index + 1]!) };
  });
}

function scoreWord(word: BinaryString): number {
  if (/^[+-]?inf$/iu.test(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (word === "" || word.trim() !== word) throw new MalformedBytesError("a score that is no number");
  return Number(word) + 0;
}

function hash(pairs: readonly BinaryString[], deadlines: StoredHash["deadlines"] = []): StoredHash {
  refuseEmpty(pairs);
  if (pairs.length % 2 !== 0) throw new MalformedBytesError("a field without a value");
  refuseDuplicates(pairs.filter((_, index) => index % 2 === 0));
  return { type: "hash", pairs, deadlines };
}

/** Each field's deadline as what it has beyond the earliest, and one; 0: none. */
function hashWithDeadlines(reader: RdbReader): StoredHash {
  const earliestMs = reader.milliseconds();
  const pairs: BinaryString[] = [];
  const deadlines: [BinaryString, DeadlineMs][] = [];
  for (let left = reader.count(); left > 0; left--) {
    const beyond = Number(reader.integer());
    const [field, value] = [reader.string(), reader.string()];
    pairs.push(field, value);
    if (beyond > 0) deadlines.push([field, deadline(earliestMs + beyond - 1)]);
  }
  return hash(pairs, deadlines);
}

function listpackWithDeadlines(reader: RdbReader): StoredHash {
  reader.milliseconds();
  const triples = readListpack(reader.buffer(), reader);
  if (triples.length % 3 !== 0) throw new MalformedBytesError("a field without a deadline");
  const pairs: BinaryString[] = [];
  const deadlines: [BinaryString, DeadlineMs][] = [];
  for (let at = 0; at < triples.length; at += 3) {
    pairs.push(triples[at]!, triples[at + 1]!);
    const atMs = parseInt64(triples[at + 2]!);
    if (atMs === null) throw new MalformedBytesError("a deadline that is no number");
    if (atMs !== 0) deadlines.push([triples[at]!, deadline(Number(atMs))]);
  }
  return hash(pairs, deadlines);
}

function deadline(atMs: number): DeadlineMs {
  if (!Number.isSafeInteger(atMs) || atMs <= NO_DEADLINE) throw new MalformedBytesError("a deadline out of range");
  return atMs;
}

function document(reader: RdbReader): StoredValue {
  if (BigInt(reader.integer()) !== JSON_MODULE_ID || reader.integer() !== MODULE_STRING) {
    throw new MalformedBytesError("a value of a module that is not known here");
  }
  const text = reader.string();
  if (reader.integer() !== MODULE_END) throw new MalformedBytesError("a document goes on");
  return { type: "ReJSON-RL", text };
}

function refuseEmpty(elements: readonly unknown[]): void {
  if (elements.length === 0) throw new MalformedBytesError("an empty collection");
}

function refuseDuplicates(names: readonly BinaryString[]): void {
  if (new Set(names).size !== names.length) throw new MalformedBytesError("a collection names something twice");
}
