import { ByteReader, ByteWriter, MalformedBytesError, type BinaryString } from "../base/bytes.ts";
import { encodeFrame, FRAME, MalformedFrameError } from "./frame.ts";

/**
 * Questions from region to region that one answer ends: what a region cannot decide by itself (commands on pinned keys). A
 * frame is `id varint · body`; `call` asks, `answer` answers on the same link. Sent only to a peer that has announced the feature.
 */
export const CALL_FEATURE = "calls";

/** What a frame of this kind takes besides the body, at most. */
export const CALL_OVERHEAD_BYTES = 20;

export function encodeCall(kind: "call" | "answer", id: number, body: BinaryString, compressFromBytes: number): Buffer {
  const writer = new ByteWriter(body.length + CALL_OVERHEAD_BYTES);
  writer.varint(id);
  writer.binary(body);
  return encodeFrame(FRAME[kind], writer.view(), compressFromBytes);
}

/** Throws MalformedFrameError. */
export function decodeCall(payload: Buffer): { readonly id: number; readonly body: BinaryString } {
  try {
    const reader = new ByteReader(payload);
    const call = { id: reader.varint(), body: reader.binary() };
    if (reader.remaining > 0) throw new MalformedFrameError("a call with something behind it");
    return call;
  } catch (error) {
    if (error instanceof MalformedBytesError) throw new MalformedFrameError(`a call: ${error.message}`);
    throw error;
  }
}
