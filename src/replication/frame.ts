import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * The wire between regions. One frame is one WebSocket message:
 *
 *     kind u8 · flags u8 (1: payload is raw-deflated) · crc32 u32, little endian, of kind, flags and payload as sent · payload
 *
 * `batches` holds length-prefixed batches, exactly the bytes of the log; `fragment` a piece of a batch too large for one frame;
 * `published` messages of pub/sub; `rows` a piece of a snapshot; `call` and `answer` a question and what came of it; everything else is a JSON message. The checksum covers the first two
 * bytes too: a batch taken for a fragment would be set aside without a word. Nothing in a frame is believed before it is checked.
 */
export const FRAME = { message: 1, batches: 2, fragment: 3, published: 4, rows: 5, call: 6, answer: 7 } as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

/** Before the payload. */
export const FRAME_HEADER_BYTES = 6;
const FLAG_DEFLATED = 1;
/** Compressing pays when it saves at least a tenth: less is not worth the other side's work. */
const WORTHWHILE_SHARE = 0.9;

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
  const deflated = deflate(payload, compressFromBytes);
  const body = deflated ?? payload;
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  return seal(frame, kind, deflated === null ? 0 : FLAG_DEFLATED);
}

/** The same of a payload that stands in its place, behind room for the header: it is not copied. */
export function completeFrame(frame: Buffer, kind: FrameKind, compressFromBytes: number): Buffer {
  const deflated = deflate(frame.subarray(FRAME_HEADER_BYTES), compressFromBytes);
  if (deflated === null) return seal(frame, kind, 0);
  return seal(Buffer.concat([frame.subarray(0, FRAME_HEADER_BYTES), deflated]), kind, FLAG_DEFLATED);
}

/** What encoding made smaller. */
export function isDeflated(frame: Buffer): boolean {
  return (frame[1]! & FLAG_DEFLATED) !== 0;
}

/** Null when that is not worth it. */
function deflate(payload: Uint8Array, fromBytes: number): Buffer | null {
  if (payload.length < fromBytes) return null;
  const deflated = deflateRawSync(payload, { level: 1 });
  return deflated.length <= payload.length * WORTHWHILE_SHARE ? deflated : null;
}

function seal(frame: Buffer, kind: FrameKind, flags: number): Buffer {
  frame[0] = kind;
  frame[1] = flags;
  frame.writeUInt32LE(checksum(frame), 2);
  return frame;
}

/** `inflatedBytesMax` 0: compression was not agreed on, a deflated frame is malformed. Throws MalformedFrameError. */
export function decodeFrame(bytes: Buffer, inflatedBytesMax: number): Frame {
  if (bytes.length < FRAME_HEADER_BYTES) throw new MalformedFrameError("a frame is shorter than its header");
  if (checksum(bytes) !== bytes.readUInt32LE(2)) throw new MalformedFrameError("a frame's checksum does not match");
  const kind = bytes[0]!;
  const flags = bytes[1]!;
  if (kind < FRAME.message || kind > FRAME.answer) throw new MalformedFrameError(`frame kind ${kind} is not known`);
  if ((flags & ~FLAG_DEFLATED) !== 0) throw new MalformedFrameError(`frame flags ${flags} are not known`);
  const body = bytes.subarray(FRAME_HEADER_BYTES);
  if (flags === 0) return { kind: kind as FrameKind, payload: body };
  if (inflatedBytesMax === 0) throw new MalformedFrameError("a compressed frame, though that was not agreed on");
  try {
    return { kind: kind as FrameKind, payload: inflateRawSync(body, { maxOutputLength: inflatedBytesMax }) };
  } catch {
    throw new MalformedFrameError("a frame's payload does not inflate within its limit");
  }
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(0, 2)));
}
