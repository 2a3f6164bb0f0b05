import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader, ByteWriter, MalformedBytesError } from "../base/bytes.ts";

/**
 * The wire between regions. One frame is one WebSocket message:
 *
 *     kind u8 · flags u8 (1: payload is raw-deflated) · crc32 u32 of the payload as sent · payload
 *
 * `batches` holds length-prefixed batches, exactly the bytes of the log; `fragment` a piece of a batch too large for one frame
 * (first byte 1 on the last piece); everything else is a JSON message. Nothing in a frame is believed before it is checked.
 */
export const FRAME = { message: 1, batches: 2, fragment: 3 } as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

const HEADER_BYTES = 6;
const FLAG_DEFLATED = 1;
/** A deflated frame that would grow beyond this when inflated is refused. */
const INFLATED_BYTES_MAX = 8 * 1024 * 1024;

/** A frame that cannot be what a well-meaning peer sent: the link closes, and nothing of the frame was used. */
export class MalformedFrameError extends Error {
  override readonly name = "MalformedFrameError";
}

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

/** `compressFromBytes` Infinity: never compressed. */
export function encodeFrame(kind: FrameKind, payload: Uint8Array, compressFromBytes: number): Buffer {
  let body = payload;
  let flags = 0;
  if (payload.length >= compressFromBytes) {
    const deflated = deflateRawSync(payload, { level: 1 });
    if (deflated.length < payload.length * 0.9) {
      body = deflated;
      flags = FLAG_DEFLATED;
    }
  }
  const out = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  out[0] = kind;
  out[1] = flags;
  out.writeUInt32LE(crc32(body), 2);
  out.set(body, HEADER_BYTES);
  return out;
}

export function decodeFrame(bytes: Buffer): Frame {
  if (bytes.length < HEADER_BYTES) throw new MalformedFrameError("a frame is shorter than its header");
  const kind = bytes[0]!;
  const flags = bytes[1]!;
  if (kind < FRAME.message || kind > FRAME.fragment) throw new MalformedFrameError(`frame kind ${kind} is not known`);
  if ((flags & ~FLAG_DEFLATED) !== 0) throw new MalformedFrameError(`frame flags ${flags} are not known`);
  const body = bytes.subarray(HEADER_BYTES);
  if (crc32(body) !== bytes.readUInt32LE(2)) throw new MalformedFrameError("a frame's checksum does not match");
  if (flags === 0) return { kind: kind as FrameKind, payload: body };
  try {
    return { kind: kind as FrameKind, payload: inflateRawSync(body, { maxOutputLength: INFLATED_BYTES_MAX }) };
  } catch {
    throw new MalformedFrameError("a frame's payload does not inflate within its limit");
  }
}

export function encodeBatches(batches: readonly Buffer[], compressFromBytes: number): Buffer {
  const writer = new ByteWriter(batches.reduce((sum, batch) => sum + batch.length + 8, 16));
  for (const batch of batches) {
    writer.varint(batch.length);
    writer.raw(batch);
  }
  return encodeFrame(FRAME.batches, writer.view(), compressFromBytes);
}

export function decodeBatches(payload: Buffer): readonly Buffer[] {
  const reader = new ByteReader(payload);
  const batches: Buffer[] = [];
  try {
    while (reader.remaining > 0) batches.push(reader.raw(reader.varint()));
  } catch (error) {
    if (error instanceof MalformedBytesError) throw new MalformedFrameError(`a frame of batches: ${error.message}`);
    throw error;
  }
  return batches;
}

/** A batch larger than a frame, cut. */
export function encodeFragments(batch: Buffer, frameBytesMax: number): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let offset = 0; offset < batch.length; offset += frameBytesMax) {
    const piece = batch.subarray(offset, offset + frameBytesMax);
    const last = offset + frameBytesMax >= batch.length;
    frames.push(encodeFrame(FRAME.fragment, Buffer.concat([Buffer.of(last ? 1 : 0), piece]), Number.POSITIVE_INFINITY));
  }
  return frames;
}

/** Puts fragments together, never holding more than `batchBytesMax`. */
export class FragmentAssembler {
  readonly #batchBytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(batchBytesMax: number) {
    this.#batchBytesMax = batchBytesMax;
  }

  /** The whole batch once its last piece is in; null before. */
  add(payload: Buffer): Buffer | null {
    if (payload.length === 0) throw new MalformedFrameError("an empty fragment");
    this.#bytes += payload.length - 1;
    if (this.#bytes > this.#batchBytesMax) {
      throw new MalformedFrameError(`a batch in fragments exceeds ${this.#batchBytesMax} bytes`);
    }
    this.#pieces.push(Buffer.from(payload.subarray(1)));
    if (payload[0] !== 1) return null;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return whole;
  }
}
