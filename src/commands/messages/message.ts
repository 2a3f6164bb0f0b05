import type { BinaryString } from "../../base/bytes.ts";

/** Where a message is published: among channels and patterns, or among shard channels, which are names of their own. */
export type ChannelSpace = "channel" | "shard";

/** A published message. */
export interface Message {
  readonly space: ChannelSpace;
  readonly channel: BinaryString;
  readonly payload: BinaryString;
}

/** What a client can subscribe to. */
export type SubscriptionKind = "channel" | "pattern" | "shard";
