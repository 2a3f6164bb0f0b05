import { seededRandom } from "../../src/base/random.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { DEFAULT_REPLICATION_LIMITS } from "../../src/replication/limits.ts";
import type { Wire } from "../../src/replication/link.ts";
import type { PeerLink } from "../../src/replication/peer-link.ts";
import { Replicator } from "../../src/replication/replicator.ts";
import type { EngineRegion } from "../support/engine-world.ts";

/** Sixteen batches of 1 KB make a frame. */
const FRAME_BYTES = 17_500;

/**
 * The road from one region's log to another's, without sockets: cursor, frames, link, replica, reports. `to` has dialled `from`. Each
 * end is driven by itself, so that what each costs can be told.
 */
export class PeerRoad {
  readonly #from: EngineRegion;
  readonly #to: EngineRegion;
  readonly #accepted: PeerLink;
  readonly #dialled: PeerLink;
  /** What has been sent and not been delivered. */
  readonly #down: Buffer[] = [];
  readonly #up: Buffer[] = [];

  private constructor(from: EngineRegion, to: EngineRegion) {
    this.#from = from;
    this.#to = to;
    const [provider, subscriber] = [replicatorOf(from, to), replicatorOf(to, from)];
    to.replica.onDurable(() => subscriber.durable(this.#nowMs));
    this.#accepted = provider.accepted(wireInto(this.#down), this.#nowMs);
    this.#dialled = subscriber.dialSucceeded(from.name, wireInto(this.#up), this.#nowMs);
    this.#tick = () => {
      provider.tick(this.#nowMs);
      subscriber.tick(this.#nowMs);
    };
  }

  /** The link is open and the subscription heard. */
  static async between(from: EngineRegion, to: EngineRegion): Promise<PeerRoad> {
    const road = new PeerRoad(from, to);
    while (road.#accepted.provider?.regions.includes(from.name) !== true) {
      await road.send();
      await road.deliver();
      road.#from.clock.advance(1);
      road.#tick();
    }
    return road;
  }

  readonly #tick: () => void;

  get #nowMs(): number {
    return this.#from.clock.monotonicMs();
  }

  /** The provider hears what was reported, and sends what it has. */
  async send(): Promise<void> {
    for (const frame of this.#up.splice(0)) this.#accepted.receive(frame, this.#nowMs);
    this.#accepted.provider?.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** All that is on its way arrives, frame by frame; each becomes durable, and a report of it is due. */
  async deliver(): Promise<void> {
    for (const frame of this.#down.splice(0)) {
      this.#from.clock.advance(DEFAULT_REPLICATION_LIMITS.reportEveryMs);
      this.#dialled.receive(frame, this.#nowMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Batches of `from` that `to` has. */
  get delivered(): number {
    return this.#to.replica.sequenceOf(this.#from.keyspace.incarnation);
  }
}

function replicatorOf(own: EngineRegion, peer: EngineRegion): Replicator {
  const party = {
    region: own.name,
    incarnation: own.keyspace.incarnation,
    peers: [peer.name],
    cut: [],
    secret: "s",
    otherSecrets: [],
  };
  const random = seededRandom(11);
  return new Replicator(
    own.replica,
    party,
    { ...DEFAULT_REPLICATION_LIMITS, frameBytesMax: FRAME_BYTES },
    {
      dial: () => {},
      hangUp: () => {},
      nonce: () => String(random.next()),
      random,
      logger: silentLogger,
      snapshotStaged: () => {},
    },
  );
}

function wireInto(frames: Buffer[]): Wire {
  return { send: (frame) => void frames.push(frame), bufferedBytes: () => 0, close: () => {} };
}
