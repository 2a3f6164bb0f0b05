import { ByteReader, ByteWriter, MalformedBytesError } from "../base/bytes.ts";
import { completeFrame, FRAME, FRAME_HEADER_BYTES, MalformedFrameError, type Frame } from "./frame.ts";

/**
 * Batches in frames: many in one, or one in many. A frame of batches is `n × (length varint · batch)`. A fragment is one byte, 1 on
 * the last piece and 0 before, and the piece; the pieces of one batch follow each other without another batch between them.
 */
const LAST_PIECE = 1;
/** Room for a batch's length before it. */
export const BATCH_OVERHEAD_BYTES = 8;

/** Written once, where it is sent from: most of what a link sends is this. */
export function encodeBatches(batches: readonly Buffer[], compressFromBytes: number): Buffer {
  let room = FRAME_HEADER_BYTES;
  for (const batch of batches) room += batch.length + BATCH_OVERHEAD_BYTES;
  const writer = new ByteWriter(room);
  for (let at = 0; at < FRAME_HEADER_BYTES; at++) writer.u8(0);
  for (const batch of batches) {
    writer.varint(batch.length);
    writer.raw(batch);
  }
  return completeFrame(writer.view(), FRAME.batches, compressFromBytes);
}

/** The batches, as views into the payload. Throws MalformedFrameError. */
export function decodeBatches(payload: Buffer): readonly Buffer[] {
  const reader = new ByteReader(payload);
  const batches: Buffer[] = [];
  try {
    while (reader.remaining > 0) {
      const length = reader.varint();
      if (length === 0) throw new MalformedFrameError("a frame holds an empty batch");
      batches.push(reader.raw(length));
    }
  } catch (error) {
    if (error instanceof MalformedBytesError) throw new MalformedFrameError(`a frame of batches: ${error.message}`);
    throw error;
  }
  if (batches.length === 0) throw new MalformedFrameError("a frame of no batches");
  return batches;
}

/** The piece of a batch from `offset` on, at most `frameBytesMax` of it. */
export function encodeFragment(batch: Buffer, offset: number, frameBytesMax: number): Buffer {
  const end = Math.min(batch.length, offset + frameBytesMax);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + 1 + end - offset);
  frame[FRAME_HEADER_BYTES] = end === batch.length ? LAST_PIECE : 0;
  batch.copy(frame, FRAME_HEADER_BYTES + 1, offset, end);
  return completeFrame(frame, FRAME.fragment, Number.POSITIVE_INFINITY);
}

/** Puts fragments together, never holding more than `batchBytesMax`. */
export class FragmentAssembler {
  readonly #batchBytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(batchBytesMax: number) {
    this.#batchBytesMax = batchBytesMax;
  }

  /** True while a batch has begun and not ended. */
  get isOpen(): boolean {
    return this.#pieces.length > 0;
  }

  /** The whole batch once its last piece is in; null before. Throws MalformedFrameError. */
  add(payload: Buffer): Buffer | null {
    // Pieces without bytes would be kept for ever without ever reaching the limit.
    if (payload.length < 2 || payload[0]! > LAST_PIECE) throw new MalformedFrameError("a fragment without a piece");
    this.#bytes += payload.length - 1;
    if (this.#bytes > this.#batchBytesMax) {
      throw new MalformedFrameError(`a batch in fragments exceeds ${this.#batchBytesMax} bytes`);
    }
    // A copy: a view would keep the received frame alive, and many small pieces would keep many frames.
    this.#pieces.push(Buffer.from(payload.subarray(1)));
    if (payload[0] !== LAST_PIECE) return null;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return whole;
  }
}

/** The batches of one link's frames. */
export class BatchIntake {
  readonly #fragments: FragmentAssembler;

  constructor(batchBytesMax: number) {
    this.#fragments = new FragmentAssembler(batchBytesMax);
  }

  /** What a frame brings; null while a batch in fragments is not whole. Throws MalformedFrameError. */
  take({ kind, payload }: Frame): readonly Buffer[] | null {
    if (kind === FRAME.fragment) {
      const whole = this.#fragments.add(payload);
      return whole === null ? null : [whole];
    }
    if (this.#fragments.isOpen) throw new MalformedFrameError("batches between the fragments of another");
    return decodeBatches(payload);
  }
}
