import { ByteReader, ByteWriter, MalformedBytesError, type BinaryString } from "../base/bytes.ts";
import { encodeFrame, FRAME, MalformedFrameError } from "./frame.ts";

/**
 * Messages of pub/sub between regions (row K7). They are no data: they pass by the log, are kept by nobody, and reach a peer at
 * most once. A frame of them is `n × (space u8: 0 channel, 1 shard channel · channel · payload)`, both texts with their
 * lengths before them. Sent only to a peer that has announced the feature.
 */
export interface Published {
  readonly space: "channel" | "shard";
  readonly channel: BinaryString;
  readonly payload: BinaryString;
}

/** The feature's name in the handshake. */
export const PUBLISH_FEATURE = "publish";

const SPACES = ["channel", "shard"] as const;
/** The space and two lengths. */
const OVERHEAD_BYTES = 12;

/** Bytes a message takes in a frame, at most. */
export function publishedBytes({ channel, payload }: Published): number {
  return channel.length + payload.length + OVERHEAD_BYTES;
}

export function encodePublished(messages: readonly Published[]): Buffer {
  const writer = new ByteWriter(messages.reduce((sum, message) => sum + publishedBytes(message), 16));
  for (const { space, channel, payload } of messages) {
    writer.u8(SPACES.indexOf(space));
    writer.binary(channel);
    writer.binary(payload);
  }
  return encodeFrame(FRAME.published, writer.view(), Number.POSITIVE_INFINITY);
}

/** Throws MalformedFrameError. */
export function decodePublished(payload: Buffer): readonly Published[] {
  const reader = new ByteReader(payload);
  const messages: Published[] = [];
  try {
    while (reader.remaining > 0) {
      const space = SPACES[reader.u8()];
      if (space === undefined) throw new MalformedFrameError("a message is published in a space that is not known");
      messages.push({ space, channel: reader.binary(), payload: reader.binary() });
    }
  } catch (error) {
    if (error instanceof MalformedBytesError) throw new MalformedFrameError(`a frame of messages: ${error.message}`);
    throw error;
  }
  if (messages.length === 0) throw new MalformedFrameError("a frame of no messages");
  return messages;
}
