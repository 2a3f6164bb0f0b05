import type { BinaryString } from "../../base/bytes.ts";
import {
  formatStreamId,
  nextStreamId,
  previousStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  streamId,
  UINT64_MAX,
  type StreamId,
} from "../../crdt/stream-id.ts";
import type { StreamEntry } from "../../keyspace/types/stream/stream-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { BAD_END_ID, BAD_START_ID, BAD_STREAM_ID } from "../stream-refusals.ts";

/** Ids as words of commands, and entries as replies. */

const ID_BYTES_MAX = 127;
/** Redis reads each part with the C library, which forgives a plus, leading zeros and spaces. */
const PART = /^[ \t\n\v\f\r]*\+?[0-9]+$/u;

/** A part of 64 bits; null when it is none. */
export function uint64Part(text: string): number | bigint | null {
  if (!PART.test(text)) return null;
  const digits = text.trim().replace(/^\+?0*(?=[0-9])/u, "");
  if (digits.length <= 15) return Number(digits);
  if (digits.length > 20) return null;
  const value = BigInt(digits);
  return value > UINT64_MAX ? null : value;
}

/** Null when it is none; `-` and `+` are none. Where only milliseconds are given the sequence is `missing`. */
export function parseStreamId(word: BinaryString, missing: number | bigint = 0): StreamId | null {
  if (word.length > ID_BYTES_MAX) return null;
  const dash = word.indexOf("-");
  const milliseconds = uint64Part(dash < 0 ? word : word.slice(0, dash));
  const sequence = dash < 0 ? missing : uint64Part(word.slice(dash + 1));
  return milliseconds === null || sequence === null ? null : streamId(milliseconds, sequence);
}

export function streamIdWord(word: BinaryString, missing: number | bigint = 0): StreamId {
  const id = parseStreamId(word, missing);
  if (id === null) throw BAD_STREAM_ID;
  return id;
}

/** An id, or `-` and `+` for the first and last there can be. */
export function boundWord(word: BinaryString, missing: number | bigint): StreamId {
  if (word === "-") return STREAM_ID_MIN;
  if (word === "+") return STREAM_ID_MAX;
  return streamIdWord(word, missing);
}

/** The lower end of a range; one behind `(` is not in it. */
export function startWord(word: BinaryString): StreamId {
  if (word.length < 2 || word[0] !== "(") return boundWord(word, 0);
  const id = nextStreamId(streamIdWord(word.slice(1), 0));
  if (id === null) throw BAD_START_ID;
  return id;
}

/** The upper end of a range; one behind `(` is not in it. */
export function endWord(word: BinaryString): StreamId {
  if (word.length < 2 || word[0] !== "(") return boundWord(word, UINT64_MAX);
  const id = previousStreamId(streamIdWord(word.slice(1), UINT64_MAX));
  if (id === null) throw BAD_END_ID;
  return id;
}

export function entryReply([id, fields]: StreamEntry): Reply {
  return [formatStreamId(id), fields];
}

/** Up to `count` of them; null: all. */
export function entryReplies(entries: Iterable<StreamEntry>, count: number | null): Reply[] {
  const replies: Reply[] = [];
  if (count === 0) return replies;
  for (const entry of entries) {
    replies.push(entryReply(entry));
    if (replies.length === count) break;
  }
  return replies;
}
