import type { BinaryString } from "../base/bytes.ts";
import type { RegionName } from "./origin.ts";

/**
 * Ids of stream entries: 64 bits of milliseconds and 64 bits of sequence, as a binary string of 16 bytes, big-endian. Such strings
 * compare as the ids do, natively, are keys of rows as they are, and never pass through a double.
 */
export type StreamId = BinaryString;

export const STREAM_ID_BYTES = 16;
export const STREAM_ID_MIN: StreamId = "\0".repeat(STREAM_ID_BYTES);
export const STREAM_ID_MAX: StreamId = "\xff".repeat(STREAM_ID_BYTES);
export const UINT64_MAX = 2n ** 64n - 1n;

/** Both parts fit 64 bits. */
export function streamId(milliseconds: number | bigint, sequence: number | bigint): StreamId {
  return packUint64(milliseconds) + packUint64(sequence);
}

export function millisecondsOf(id: StreamId): number | bigint {
  return unpackUint64(id, 0);
}

export function sequenceOf(id: StreamId): number | bigint {
  return unpackUint64(id, 8);
}

/** As clients see it: `1526919030474-55`. */
export function formatStreamId(id: StreamId): string {
  return `${millisecondsOf(id)}-${sequenceOf(id)}`;
}

/** The id after this one; null after the last there can be. */
export function nextStreamId(id: StreamId): StreamId | null {
  return stepped(id, "\xff", 1);
}

/** The id before this one; null before the first. */
export function previousStreamId(id: StreamId): StreamId | null {
  return stepped(id, "\0", -1);
}

/** The last byte that is not at its limit moves by one, and those behind it turn over. */
function stepped(id: StreamId, limit: string, step: 1 | -1): StreamId | null {
  let at = STREAM_ID_BYTES - 1;
  while (at >= 0 && id[at] === limit) at--;
  if (at < 0) return null;
  const turned = step === 1 ? "\0" : "\xff";
  return id.slice(0, at) + String.fromCharCode(id.charCodeAt(at) + step) + turned.repeat(STREAM_ID_BYTES - 1 - at);
}

/**
 * Which sequence parts of automatic ids belong to a region: those that leave `residue` when divided by `stride`. Regions with
 * different residues never make the same automatic id (row T1). A region that is alone has them all, and makes Redis' ids.
 */
export interface SequenceClass {
  /** At least the number of members. */
  readonly stride: number;
  readonly residue: number;
}

/** The class of a region among all of its database: their order by name says whose is which. */
export function sequenceClassOf(region: RegionName, members: readonly RegionName[]): SequenceClass {
  const all = [...new Set([...members, region])].toSorted();
  return { stride: all.length, residue: all.indexOf(region) };
}

/** The lowest id of the class that is at least `from`; null when there is none left. */
export function alignedStreamId(from: StreamId, { stride, residue }: SequenceClass): StreamId | null {
  if (stride === 1) return from;
  const sequence = BigInt(sequenceOf(from));
  const milliseconds = BigInt(millisecondsOf(from));
  const span = BigInt(stride);
  const aligned = sequence + ((BigInt(residue) - (sequence % span) + span) % span);
  if (aligned <= UINT64_MAX) return streamId(milliseconds, aligned);
  return milliseconds === UINT64_MAX ? null : streamId(milliseconds + 1n, residue);
}

function packUint64(value: number | bigint): BinaryString {
  const [high, low] =
    typeof value === "number"
      ? [Math.floor(value / 2 ** 32), value % 2 ** 32]
      : [Number(value >> 32n), Number(value & 0xffff_ffffn)];
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}

function unpackUint64(text: BinaryString, at: number): number | bigint {
  const high = word(text, at);
  const low = word(text, at + 4);
  if (high < 2 ** 21) return high * 2 ** 32 + low;
  return (BigInt(high) << 32n) | BigInt(low);
}

function word(text: BinaryString, at: number): number {
  return (
    text.charCodeAt(at) * 2 ** 24 +
    ((text.charCodeAt(at + 1) << 16) | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3))
  );
}
