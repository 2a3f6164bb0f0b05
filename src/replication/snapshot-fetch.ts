import type { Logger } from "../base/logger.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { IncomingSnapshot, Replica, SnapshotHead } from "../keyspace/replica-port.ts";
import { FragmentAssembler } from "./batch-frames.ts";
import { MalformedFrameError } from "./frame.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import { decodeRows } from "./row-frames.ts";

/** A link as the fetch needs it. */
export interface SnapshotLink {
  readonly dialled: RegionName | null;
  readonly isOpen: boolean;
  say(message: Message): void;
  end(end: { readonly reason: string; readonly retry: boolean }): void;
}

export interface FetchPorts {
  readonly logger: Logger;
  /** A snapshot is here and whole: install it. Replication ends and begins anew on top of it. */
  snapshotStaged(snapshot: IncomingSnapshot): void;
}

/** Bytes of one parcel of rows: at least one row, and a row may hold several concurrent values. */
const PARCEL_BATCHES_MAX = 4;

/**
 * The receiving half of a snapshot, one at a time, on a dialled link. We say what it has to contain: all that is durable here, so
 * that whatever others lack is handed over first, by the stream they take from us anyway. Rows go to the store as they come, and
 * each frame that is stored is said so. When a link breaks, the next one to the same peer goes on behind the last row stored.
 */
export class SnapshotFetch {
  readonly #replica: Replica;
  readonly #limits: ReplicationLimits;
  readonly #ports: FetchPorts;
  readonly #avoidUntilMs = new Map<RegionName, number>();
  #state: FetchState = { kind: "idle" };
  #partial: Partial | null = null;
  #nowMs = 0;

  constructor(replica: Replica, limits: ReplicationLimits, ports: FetchPorts) {
    this.#replica = replica;
    this.#limits = limits;
    this.#ports = ports;
  }

  get isIdle(): boolean {
    return this.#state.kind === "idle";
  }

  /** For people: whom the present one comes from. */
  get from(): RegionName | null {
    return this.#state.kind === "idle" || this.#state.kind === "staged" ? null : this.#state.link.dialled;
  }

  /** Where the last one stopped: the rest of it is there. */
  get partialFrom(): RegionName | null {
    return this.#partial?.from ?? null;
  }

  avoids(peer: RegionName): boolean {
    return (this.#avoidUntilMs.get(peer) ?? 0) > this.#nowMs;
  }

  /** Asks for a snapshot. Only when idle. */
  ask(link: SnapshotLink, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#state = { kind: "asked", link, sinceMs: nowMs };
    const partial = this.#partial?.from === link.dialled ? this.#partial : null;
    this.#ports.logger.warn("the log of no peer reaches back to what is here: a snapshot is asked for", {
      from: link.dialled,
      ...(partial === null ? {} : { resumes: partial.id }),
    });
    link.say({
      say: "snapshot",
      minimum: this.#replica.durableVector(),
      id: partial?.id ?? "",
      after: partial?.lastKey.toString("hex") ?? "",
    });
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    const state = this.#state;
    if (state.kind === "asked" && nowMs - state.sinceMs > this.#limits.snapshotPatienceMs) {
      // It lacks something that we have, and does not get it: perhaps another has all.
      this.#avoid(state.link);
      this.#state = { kind: "idle" };
    }
    const partial = this.#partial;
    if (partial !== null && state.kind === "idle" && nowMs - partial.sinceMs > this.#limits.snapshotKeepMs) {
      this.#partial = null;
      this.#abandon(partial.stage);
    }
  }

  /** Throws MalformedFrameError. */
  begin(link: SnapshotLink, { id, resumed, ...head }: { id: string; resumed: boolean } & SnapshotHead): void {
    const isNamed = (origin: number): boolean => origin < head.origins.length;
    if (!head.retired.every(([origin, , byOrigin]) => isNamed(origin) && isNamed(byOrigin))) {
      throw new MalformedFrameError("a snapshot's retirements are of origins it does not name");
    }
    if (this.#state.kind !== "asked" || this.#state.link !== link) return;
    const partial = this.#partial;
    this.#partial = null;
    if (resumed && partial?.id === id) {
      this.#state = this.#receiving(link, id, partial.stage, partial.lastKey);
      return;
    }
    if (partial !== null) this.#abandon(partial.stage);
    const stage = this.#replica.stageSnapshot(head);
    if (stage === null) {
      this.#avoid(link);
      this.#state = { kind: "idle" };
      this.#ports.logger.error("a snapshot lacks something that our log no longer has: another peer is asked", {
        from: link.dialled,
      });
      return;
    }
    this.#state = this.#receiving(link, id, stage, null);
  }

  /** Throws MalformedFrameError. */
  rows(link: SnapshotLink, payload: Buffer): void {
    const state = this.#state;
    if (state.kind !== "receiving" || state.link !== link) return;
    const frame = ++state.frames;
    const parcel = state.assembler.add(payload);
    if (parcel === null) {
      this.#then(state, () => Promise.resolve(), frame);
      return;
    }
    const rows = decodeRows(parcel);
    this.#then(state, () => state.stage.add(rows), frame, rows.at(-1)!.key);
  }

  end(link: SnapshotLink, id: string): void {
    const state = this.#state;
    if (state.kind !== "receiving" || state.link !== link || state.id !== id) return;
    state.storing = state.storing
      .then(() => state.stage.finish())
      .then(
        () => {
          if (this.#state !== state) return;
          this.#state = { kind: "staged" };
          this.#ports.logger.info("a snapshot is here and is installed", { from: link.dialled });
          this.#ports.snapshotStaged(state.stage);
        },
        (error: unknown) => this.#failed(state, error),
      );
  }

  linkEnded(link: SnapshotLink): void {
    const state = this.#state;
    if (state.kind === "asked" && state.link === link) this.#state = { kind: "idle" };
    if (state.kind !== "receiving" || state.link !== link) return;
    this.#state = { kind: "idle" };
    if (state.lastKey === null || link.dialled === null) this.#abandon(state.stage);
    else {
      const { id, stage, lastKey } = state;
      this.#partial = { from: link.dialled, id, stage, lastKey, sinceMs: this.#nowMs };
    }
  }

  /** Nothing more is wanted: the region stops. A snapshot that is whole stays. */
  close(): void {
    const { stage } = this.#state.kind === "receiving" ? this.#state : { stage: this.#partial?.stage };
    if (stage !== undefined) this.#abandon(stage);
    this.#partial = null;
    if (this.#state.kind !== "staged") this.#state = { kind: "idle" };
  }

  #receiving(link: SnapshotLink, id: string, stage: IncomingSnapshot, lastKey: Buffer | null): Receiving {
    const assembler = new FragmentAssembler(this.#limits.batchBytesMax * PARCEL_BATCHES_MAX);
    return { kind: "receiving", link, id, stage, assembler, lastKey, frames: 0, storing: Promise.resolve() };
  }

  /** One after the other: what is said to be stored is stored, with all before it. */
  #then(state: Receiving, store: () => Promise<void>, frames: number, lastKey?: Buffer): void {
    state.storing = state.storing.then(async () => {
      try {
        if (this.#state === state) await store();
      } catch (error) {
        this.#failed(state, error);
      }
      if (this.#state !== state) return;
      if (lastKey !== undefined) state.lastKey = Buffer.from(lastKey);
      state.link.say({ say: "snapshot-stored", id: state.id, frames });
    });
  }

  #failed(state: Receiving, error: unknown): void {
    if (this.#state !== state) return;
    this.#ports.logger.error("a snapshot cannot be stored, it is tried again later", { error: String(error) });
    this.#state = { kind: "idle" };
    this.#avoid(state.link);
    this.#abandon(state.stage);
    state.link.end({ reason: "the snapshot cannot be stored here", retry: true });
  }

  #avoid(link: SnapshotLink): void {
    if (link.dialled !== null) this.#avoidUntilMs.set(link.dialled, this.#nowMs + this.#limits.snapshotPatienceMs);
  }

  #abandon(stage: IncomingSnapshot): void {
    stage.abort().catch((error: unknown) => {
      this.#ports.logger.warn("an unfinished snapshot cannot be closed", { error: String(error) });
    });
  }
}

interface Receiving {
  readonly kind: "receiving";
  readonly link: SnapshotLink;
  readonly id: string;
  readonly stage: IncomingSnapshot;
  readonly assembler: FragmentAssembler;
  /** Everything up to this row is stored. */
  lastKey: Buffer | null;
  frames: number;
  storing: Promise<void>;
}

type FetchState =
  | { readonly kind: "idle" }
  | { readonly kind: "asked"; readonly link: SnapshotLink; readonly sinceMs: number }
  | Receiving
  | { readonly kind: "staged" };

interface Partial {
  readonly from: RegionName;
  readonly id: string;
  readonly stage: IncomingSnapshot;
  readonly lastKey: Buffer;
  readonly sinceMs: number;
}
