import type { RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { OutgoingSnapshot, Replica } from "../keyspace/replica-port.ts";

/** A snapshot on its way to one peer. */
export interface ShelvedSnapshot {
  readonly id: string;
  readonly snapshot: OutgoingSnapshot;
  usedAtMs: number;
}

/**
 * Snapshots that are open for peers, one a peer. They outlive their link for a while, so that a transfer goes on where it stopped,
 * and their transfer, so that the log from their vector on is still here when the peer has installed them and comes back.
 */
export class SnapshotShelf {
  readonly #keepMs: number;
  readonly #replica: Pick<Replica, "includes">;
  readonly #snapshots = new Map<RegionName, ShelvedSnapshot>();

  constructor(keepMs: number, replica: Pick<Replica, "includes">) {
    this.#keepMs = keepMs;
    this.#replica = replica;
  }

  get count(): number {
    return this.#snapshots.size;
  }

  put(peer: RegionName, id: string, snapshot: OutgoingSnapshot, nowMs: number): ShelvedSnapshot {
    this.#drop(peer);
    const shelved = { id, snapshot, usedAtMs: nowMs };
    this.#snapshots.set(peer, shelved);
    return shelved;
  }

  /** The peer's snapshot, if it is still that one. */
  find(peer: RegionName, id: string): ShelvedSnapshot | null {
    const shelved = this.#snapshots.get(peer);
    return shelved?.id === id ? shelved : null;
  }

  /** The peer has said what it has: a snapshot that is in there has done its work. */
  reported(peer: RegionName, vector: NamedVector): void {
    const shelved = this.#snapshots.get(peer);
    if (shelved !== undefined && this.#replica.includes(vector, shelved.snapshot.head.vector)) this.#drop(peer);
  }

  /** Closes what nobody has asked for in a while. */
  tick(nowMs: number): void {
    for (const [peer, { usedAtMs }] of this.#snapshots) if (nowMs - usedAtMs > this.#keepMs) this.#drop(peer);
  }

  close(): void {
    for (const peer of this.#snapshots.keys()) this.#drop(peer);
  }

  #drop(peer: RegionName): void {
    this.#snapshots.get(peer)?.snapshot.close();
    this.#snapshots.delete(peer);
  }
}
