import type { RegionName } from "../crdt/origin.ts";
import type { PeerLink } from "./peer-link.ts";
import { encodePublished, publishedBytes, type Published } from "./published.ts";

/** What has been published to peers, and what came from them. */
export interface PublishCounts {
  /** Messages given to links, one for each peer. */
  readonly sent: number;
  /** Messages that a connected peer did not get: too large for a frame, or its link's buffer was full. */
  readonly dropped: number;
  readonly received: number;
}

/**
 * Sends what is published here to every peer that is connected at this moment, over one link each, and never passes on what
 * came from another: so each region gets a message at most once, and nobody waits for a peer that is slow or gone. A mesh that
 * is not complete loses messages between regions without a link of their own; data takes detours, messages do not.
 */
export class Publisher {
  readonly #frameBytesMax: number;
  sent = 0;
  dropped = 0;
  received = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  publish(messages: readonly Published[], links: Iterable<PeerLink>): void {
    const byPeer = new Map<RegionName, PeerLink>();
    for (const link of links) {
      const region = link.peer?.region;
      if (region === undefined || !link.takesPublished) continue;
      // Always the same one of the two links while both are there: the order of messages is kept.
      if (!byPeer.has(region) || link.dialled !== null) byPeer.set(region, link);
    }
    if (byPeer.size === 0) return;
    for (const { frame, count } of this.#frames(messages, byPeer.size)) {
      for (const link of byPeer.values()) {
        if (link.sendPublished(frame)) this.sent += count;
        else this.dropped += count;
      }
    }
  }

  *#frames(messages: readonly Published[], peers: number): Generator<{ frame: Buffer; count: number }> {
    let together: Published[] = [];
    let bytes = 0;
    for (const message of messages) {
      const size = publishedBytes(message);
      if (size > this.#frameBytesMax) {
        this.dropped += peers;
        continue;
      }
      if (bytes + size > this.#frameBytesMax) {
        yield { frame: encodePublished(together), count: together.length };
        together = [];
        bytes = 0;
      }
      together.push(message);
      bytes += size;
    }
    if (together.length > 0) yield { frame: encodePublished(together), count: together.length };
  }
}
