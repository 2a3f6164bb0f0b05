import type { BinaryString } from "../../base/bytes.ts";
import type { SubscriptionKind } from "./message.ts";

/** What one client has subscribed to, in the order in which it did. */
export class Subscriptions {
  readonly names: Readonly<Record<SubscriptionKind, Set<BinaryString>>> = {
    channel: new Set(),
    pattern: new Set(),
    shard: new Set(),
  };

  get size(): number {
    const { channel, pattern, shard } = this.names;
    return channel.size + pattern.size + shard.size;
  }

  /** The number that the confirmations of this kind carry: channels and patterns are counted together. */
  countFor(kind: SubscriptionKind): number {
    const { channel, pattern, shard } = this.names;
    return kind === "shard" ? shard.size : channel.size + pattern.size;
  }
}
