import type { RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { Replica } from "../keyspace/replica-port.ts";
import type { ReplicationLimits } from "./limits.ts";
import { takesBulk, type LinkTerms, type Wire } from "./link.ts";
import type { Message } from "./message.ts";
import { encodeRows } from "./row-frames.ts";
import type { ShelvedSnapshot, SnapshotShelf } from "./snapshot-shelf.ts";

/** Frames sent and not yet said to be stored. The receiver's disk sets the pace, and its memory holds no more than this. */
const WINDOW_FRAMES = 4;
/** How often a checkpoint that is waited for is looked for. */
const LOOK_EVERY_MS = 50;

export interface SenderParts {
  readonly replica: Replica;
  readonly shelf: SnapshotShelf;
  readonly wire: Wire;
  readonly limits: ReplicationLimits;
  readonly terms: LinkTerms;
  readonly peer: RegionName;
  readonly say: (message: Message) => void;
  readonly newId: () => string;
}

/**
 * The sending half of a snapshot, on an accepted link: waits until a checkpoint contains what the peer demands, says what it is a
 * snapshot of, and sends its rows, a few frames ahead of what is stored at the other side.
 */
export class SnapshotSender {
  readonly #parts: SenderParts;
  #state: SenderState = { kind: "idle" };
  bytesSent = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** The peer asks for a snapshot that contains `minimum`, or for `id` behind the row `after` if that is still here. */
  ask(minimum: NamedVector, id: string, after: Buffer | null, nowMs: number): void {
    const kept = id === "" ? null : this.#parts.shelf.find(this.#parts.peer, id);
    if (kept === null) this.#state = { kind: "waiting", minimum, lookMs: nowMs };
    else this.#begin(kept, after, true);
    this.tick(nowMs);
  }

  /** The peer has stored so many frames. */
  stored(id: string, frames: number, nowMs: number): void {
    if (this.#state.kind !== "sending" || this.#state.shelved.id !== id) return;
    this.#state.stored = Math.max(this.#state.stored, Math.min(frames, this.#state.sent));
    this.tick(nowMs);
  }

  tick(nowMs: number): void {
    if (this.#state.kind === "waiting" && nowMs >= this.#state.lookMs) this.#look(this.#state, nowMs);
    if (this.#state.kind === "sending") this.#send(this.#state, nowMs);
  }

  #look(state: Extract<SenderState, { kind: "waiting" }>, nowMs: number): void {
    const { replica, shelf, peer, newId } = this.#parts;
    state.lookMs = nowMs + LOOK_EVERY_MS;
    const snapshot = replica.openSnapshot(state.minimum);
    if (snapshot !== null) this.#begin(shelf.put(peer, newId(), snapshot, nowMs), null, false);
  }

  #begin(shelved: ShelvedSnapshot, after: Buffer | null, resumed: boolean): void {
    this.#parts.say({ say: "snapshot-begin", id: shelved.id, resumed, ...shelved.snapshot.head });
    this.#state = { kind: "sending", shelved, after, outbox: [], sent: 0, stored: 0 };
  }

  #send(state: Extract<SenderState, { kind: "sending" }>, nowMs: number): void {
    const { wire, limits, terms, say, shelf, peer } = this.#parts;
    const { shelved } = state;
    if (shelf.find(peer, shelved.id) === null) {
      this.#state = { kind: "idle" };
      return;
    }
    const compressFromBytes = terms.features.includes("deflate") ? limits.compressFromBytes : Number.POSITIVE_INFINITY;
    while (state.sent - state.stored < WINDOW_FRAMES && takesBulk(wire, limits)) {
      shelved.usedAtMs = nowMs;
      if (state.outbox.length === 0) {
        const rows = shelved.snapshot.read(state.after, terms.frameBytesMax);
        if (rows.length === 0) {
          shelved.snapshot.sent();
          say({ say: "snapshot-end", id: shelved.id });
          this.#state = { kind: "idle" };
          return;
        }
        state.outbox.push(...encodeRows(rows, terms.frameBytesMax, compressFromBytes));
        state.after = rows.at(-1)!.key;
      }
      const frame = state.outbox.shift()!;
      state.sent++;
      this.bytesSent += frame.length;
      wire.send(frame);
    }
  }
}

type SenderState =
  | { readonly kind: "idle" }
  | { readonly kind: "waiting"; readonly minimum: NamedVector; lookMs: number }
  | {
      readonly kind: "sending";
      readonly shelved: ShelvedSnapshot;
      /** Rows up to this one are read. */
      after: Buffer | null;
      readonly outbox: Buffer[];
      sent: number;
      stored: number;
    };
