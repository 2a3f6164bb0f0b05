import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import { MalformedFrameError } from "./frame.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { SnapshotMessage } from "./message.ts";
import type { PeerLink } from "./peer-link.ts";
import { chooseSnapshot } from "./provider-choice.ts";
import { SNAPSHOT_FEATURE } from "./row-frames.ts";
import { SnapshotFetch, type FetchPorts } from "./snapshot-fetch.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { SnapshotShelf } from "./snapshot-shelf.ts";

export interface SnapshotPorts extends FetchPorts {
  nonce(): string;
}

/**
 * Full copies, both ways: one that we take at most, one for each peer that needs it. None is taken while any peer still has in its
 * log what we lack.
 */
export class Snapshots {
  readonly #replica: Replica;
  readonly #limits: ReplicationLimits;
  readonly #ports: SnapshotPorts;
  readonly #shelf: SnapshotShelf;
  readonly #fetch: SnapshotFetch;
  readonly #senders = new Map<PeerLink, SnapshotSender>();
  #sentBytes = 0;
  #neededSinceMs: number | null = null;

  constructor(replica: Replica, limits: ReplicationLimits, ports: SnapshotPorts) {
    this.#replica = replica;
    this.#limits = limits;
    this.#ports = ports;
    this.#shelf = new SnapshotShelf(limits.snapshotKeepMs, replica);
    this.#fetch = new SnapshotFetch(replica, limits, ports);
  }

  /** Peers for which a snapshot is open. */
  get outgoing(): number {
    return this.#shelf.count;
  }

  /** Whom a snapshot is being taken from. */
  get incomingFrom(): RegionName | null {
    return this.#fetch.from;
  }

  /** Bytes of rows sent so far. */
  get sentBytes(): number {
    return [...this.#senders.values()].reduce((sum, { bytesSent }) => sum + bytesSent, this.#sentBytes);
  }

  tick(nowMs: number, links: Iterable<PeerLink>, regions: () => Iterable<RegionName>): void {
    for (const sender of this.#senders.values()) sender.tick(nowMs);
    this.#shelf.tick(nowMs);
    this.#fetch.tick(nowMs);
    if (!this.#fetch.isIdle) return;
    const chosen = this.#choose(nowMs, links, regions);
    if (chosen === null) {
      this.#neededSinceMs = null;
      return;
    }
    this.#neededSinceMs ??= nowMs;
    // Perhaps one that is about to connect has it in its log.
    if (nowMs - this.#neededSinceMs >= this.#limits.snapshotGraceMs) this.#fetch.ask(chosen, nowMs);
  }

  reported({ region, vector }: MemberReport): void {
    this.#shelf.reported(region, vector);
  }

  /** Throws MalformedFrameError. */
  heard(link: PeerLink, message: SnapshotMessage, nowMs: number): void {
    if (!link.agreedOn(SNAPSHOT_FEATURE)) throw new MalformedFrameError("a snapshot, though that was not agreed on");
    const isDiallersWord = message.say === "snapshot" || message.say === "snapshot-stored";
    if (isDiallersWord === (link.dialled !== null))
      throw new MalformedFrameError(`"${message.say}" from the wrong side`);
    switch (message.say) {
      case "snapshot": {
        const after = message.after === "" ? null : Buffer.from(message.after, "hex");
        this.#sender(link).ask(message.minimum, message.id, after, nowMs);
        return;
      }
      case "snapshot-stored":
        this.#senders.get(link)?.stored(message.id, message.frames, nowMs);
        return;
      case "snapshot-begin":
        this.#fetch.begin(link, message);
        return;
      case "snapshot-end":
        this.#fetch.end(link, message.id);
        return;
      default:
        message satisfies never;
    }
  }

  /** A frame of rows. Throws MalformedFrameError. */
  rows(link: PeerLink, payload: Buffer): void {
    if (link.dialled === null) throw new MalformedFrameError("rows nobody asked for");
    this.#fetch.rows(link, payload);
  }

  ended(link: PeerLink): void {
    this.#sentBytes += this.#senders.get(link)?.bytesSent ?? 0;
    this.#senders.delete(link);
    this.#fetch.linkEnded(link);
  }

  stop(): void {
    this.#fetch.close();
    this.#shelf.close();
  }

  #choose(nowMs: number, links: Iterable<PeerLink>, regions: () => Iterable<RegionName>): PeerLink | null {
    const open = [...links].filter((link) => link.dialled !== null && link.isOpen);
    if (!open.some((link) => link.isTruncated)) return null;
    const candidates = open.map((link) => ({
      link,
      peer: link.dialled!,
      has: link.has,
      isSilent: false,
      rttMs: link.dialled === this.#fetch.partialFrom ? -1 : link.rttMs,
      openSinceMs: link.openSinceMs,
      lacksLogOf: (region: RegionName) => link.lacksLogOf(region, nowMs),
    }));
    const applied = (origin: OriginId): number => this.#replica.sequenceOf(origin);
    const chosen = chooseSnapshot(regions(), candidates, applied, this.#replica.durableVector(), ({ link, peer }) => {
      return link.has !== null && link.agreedOn(SNAPSHOT_FEATURE) && !this.#fetch.avoids(peer);
    });
    return chosen?.link ?? null;
  }

  #sender(link: PeerLink): SnapshotSender {
    const known = this.#senders.get(link);
    if (known !== undefined) return known;
    const sender = new SnapshotSender({
      replica: this.#replica,
      shelf: this.#shelf,
      wire: link.wire,
      limits: this.#limits,
      terms: link.terms!,
      peer: link.peer!.region,
      say: (message) => link.say(message),
      newId: () => this.#ports.nonce(),
    });
    this.#senders.set(link, sender);
    return sender;
  }
}
