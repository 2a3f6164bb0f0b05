import { peekBatch } from "../crdt/batch-codec.ts";
import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import type { Received, Replica } from "../keyspace/replica-port.ts";
import type { HoldBuffer } from "./hold-buffer.ts";
import type { PeerLink } from "./peer-link.ts";
import type { ReplicatorPorts } from "./replicator-ports.ts";

/** Batches on their way in: to the replica when their causes are there, until then into the hold buffer. */
export class Intake {
  readonly #replica: Replica;
  readonly #held: HoldBuffer<PeerLink>;
  readonly #ports: ReplicatorPorts;
  readonly #suspend: (region: RegionName) => void;

  /** `suspend` leaves a region's stream out for a while: it is asked for again, from what is applied and held on. */
  constructor(
    replica: Replica,
    held: HoldBuffer<PeerLink>,
    ports: ReplicatorPorts,
    suspend: (region: RegionName) => void,
  ) {
    this.#replica = replica;
    this.#held = held;
    this.#ports = ports;
    this.#suspend = suspend;
  }

  take(link: PeerLink, bytes: Buffer): void {
    if (this.#offer(bytes, link) !== "waiting") return;
    const { id } = peekBatch(bytes);
    if (this.#held.hold(bytes, this.applied(id), link) !== "held") this.#suspend(regionOfOrigin(id));
  }

  /** Something was applied: what waited may be next. */
  release(): void {
    this.#held.release(this.applied, (bytes, link) => this.#offer(bytes, link));
  }

  readonly applied = (origin: OriginId): number => this.#replica.sequenceOf(origin);

  /** Gives a batch to the replica; one that it refuses ends the link it came over. */
  #offer(bytes: Buffer, link: PeerLink): Received {
    const received = this.#replica.receive(bytes);
    const { logger } = this.#ports;
    const from = link.peer?.region;
    if (received === "malformed") {
      logger.error("a peer sends a batch that is malformed: its stream is stopped and asked for anew", { peer: from });
      link.end({ reason: "a batch is malformed", retry: true });
    } else if (received === "unknown-operation") {
      logger.error(
        "a peer sends an operation this version does not know: its stream is stopped until we are upgraded",
        { peer: from },
      );
      link.end({ reason: "an operation is not known to this version", retry: false });
    }
    return received;
  }
}
