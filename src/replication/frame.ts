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

const HEADER_BYTES = 6;
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
  let body = payload;
  let flags = 0;
  if (payload.length >= compressFromBytes) {
    const deflated = deflateRawSync(payload, { level: 1 });
    if (deflated.length <= payload.length * WORTHWHILE_SHARE) {
      body = deflated;
      flags = FLAG_DEFLATED;
    }
  }
  const out = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  out[0] = kind;
  out[1] = flags;
  out.set(body, HEADER_BYTES);
  out.writeUInt32LE(checksum(out), 2);
  return out;
}

/** `inflatedBytesMax` 0: compression was not agreed on, a deflated frame is malformed. Throws MalformedFrameError. */
export function decodeFrame(bytes: Buffer, inflatedBytesMax: number): Frame {
  if (bytes.length < HEADER_BYTES) throw new MalformedFrameError("a frame is shorter than its header");
  if (checksum(bytes) !== bytes.readUInt32LE(2)) throw new MalformedFrameError("a frame's checksum does not match");
  const kind = bytes[0]!;
  const flags = bytes[1]!;
  if (kind < FRAME.message || kind > FRAME.answer) throw new MalformedFrameError(`frame kind ${kind} is not known`);
  if ((flags & ~FLAG_DEFLATED) !== 0) throw new MalformedFrameError(`frame flags ${flags} are not known`);
  const body = bytes.subarray(HEADER_BYTES);
  if (flags === 0) return { kind: kind as FrameKind, payload: body };
  if (inflatedBytesMax === 0) throw new MalformedFrameError("a compressed frame, though that was not agreed on");
  try {
    return { kind: kind as FrameKind, payload: inflateRawSync(body, { maxOutputLength: inflatedBytesMax }) };
  } catch {
    throw new MalformedFrameError("a frame's payload does not inflate within its limit");
  }
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(HEADER_BYTES), crc32(frame.subarray(0, 2)));
}
