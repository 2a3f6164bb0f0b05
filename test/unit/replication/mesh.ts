import type { Logger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { FRAME } from "../../../src/replication/frame.ts";
import { DEFAULT_REPLICATION_LIMITS, type ReplicationLimits } from "../../../src/replication/limits.ts";
import type { Wire } from "../../../src/replication/link.ts";
import type { PeerLink } from "../../../src/replication/peer-link.ts";
import type { Published } from "../../../src/replication/published.ts";
import { Pace } from "../../../src/replication/pace.ts";
import { Replicator } from "../../../src/replication/replicator.ts";
import type { SnapshotHead } from "../../../src/keyspace/replica-port.ts";
import type { FakeReplica } from "./fake-replica.ts";

export interface MeshNode {
  readonly replica: FakeReplica;
  readonly replicator: Replicator;
  readonly errors: string[];
  /** What it logged as a warning or as worth knowing. */
  readonly lines: string[];
  readonly linkEnds: string[];
  /** What its peers asked, to be answered by the test. */
  readonly asked: Asked[];
  /** What peers said besides the reason. */
  readonly codes: string[];
  readonly messages: Published[];
  /** Heads of snapshots that came whole. */
  readonly snapshots: SnapshotHead[];
}

export interface Asked {
  readonly from: string;
  readonly body: string;
  readonly answer: (body: string) => void;
}

/** One direction of a connection. */
interface Pipe {
  readonly key: string;
  readonly frames: { readonly atMs: number; readonly frame: Buffer }[];
  closed: boolean;
}

/** A dial that was swallowed on its way. */
interface Hanging {
  readonly from: MeshNode;
  readonly to: string;
  readonly sinceMs: number;
}

interface Connection {
  readonly ends: readonly [{ link: PeerLink; readonly in: Pipe }, { link: PeerLink; readonly in: Pipe }];
  closed: boolean;
}

/** Replicators over fake replicas, in virtual time, on links whose every frame can be looked at, held up or changed. */
export class Mesh {
  readonly #limits: ReplicationLimits;
  readonly #nodes: MeshNode[] = [];
  /** Who answers at a region's address. */
  readonly #addresses = new Map<string, MeshNode>();
  readonly #connections: Connection[] = [];
  readonly #random = seededRandom(7);
  readonly #frames = new Map<number, number>();
  /** Cap of every link; 0: none. */
  bytesPerSecond = 0;
  nowMs = 0;
  /** One-way delay by "from>to", milliseconds; 1 where nothing is said. */
  readonly delayMs = new Map<string, number>();
  /** "from>to" of links on which nothing arrives at present. */
  readonly stopped = new Set<string>();
  /** Regions that run something long: nothing is read there, and no time passes. */
  readonly busy = new Set<string>();
  /** "from>to" of dials that fail. */
  readonly refused = new Set<string>();
  readonly dials = new Map<string, number>();
  /** "from>to" of dials that nothing answers, then or later. */
  readonly swallowed = new Set<string>();
  #hanging: readonly Hanging[] = [];
  /** Most dials of one region that hung at once. */
  mostHanging = 0;
  /** Largest frame, most bytes under way, and bytes of batches, by "from>to". */
  largestFrame = 0;
  readonly mostUnderWay = new Map<string, number>();
  readonly batchBytes = new Map<string, number>();

  constructor(limits: Partial<ReplicationLimits> = {}) {
    this.#limits = { ...DEFAULT_REPLICATION_LIMITS, ...limits };
  }

  add(replica: FakeReplica, peers: readonly string[], limits: Partial<ReplicationLimits> = {}): MeshNode {
    const errors: string[] = [];
    const lines: string[] = [];
    const line = (message: string, { reason }: Readonly<Record<string, unknown>> = {}): void => {
      lines.push(typeof reason === "string" ? `${message}: ${reason}` : message);
    };
    const linkEnds: string[] = [];
    const codes: string[] = [];
    const messages: Published[] = [];
    const asked: Asked[] = [];
    const snapshots: SnapshotHead[] = [];
    const logger: Logger = {
      debug: () => {},
      info: line,
      warn: line,
      error: (message) => errors.push(message),
      with: () => logger,
    };
    const { region, incarnation } = replica;
    const party = { region, incarnation, peers, cut: [], secret: "s" };
    const replicator: Replicator = new Replicator(
      replica,
      party,
      { ...this.#limits, ...limits },
      {
        dial: (peer) => this.#dial(node, peer),
        hangUp: (peer) => {
          this.#hanging = this.#hanging.filter(({ from, to }) => from !== node || to !== peer);
        },
        nonce: () => String(this.#random.next()),
        random: this.#random,
        logger,
        onLinkEnded: (_peer, { reason, code }) => {
          linkEnds.push(reason);
          if (code !== undefined) codes.push(code);
        },
        onCall: (from, body, answer) => asked.push({ from, body, answer }),
        onPublished: (published) => messages.push(...published),
        snapshotStaged: ({ head }) => snapshots.push(head),
      },
    );
    const node: MeshNode = { replica, replicator, errors, lines, linkEnds, codes, messages, asked, snapshots };
    this.#nodes.push(node);
    this.#addresses.set(region, node);
    replica.onDurable(() => replicator.durable(this.nowMs));
    return node;
  }

  async run(ms: number, stepMs = 1): Promise<void> {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += stepMs;
      for (const connection of this.#connections.slice()) this.#deliver(connection);
      this.#giveUpHanging();
      for (const node of this.#nodes) {
        if (this.busy.has(node.replica.region)) continue;
        node.replica.clockMs = this.nowMs;
        node.replicator.tick(this.nowMs);
      }
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }

  /** Frames of a kind sent so far. */
  framesOf(kind: number): number {
    return this.#frames.get(kind) ?? 0;
  }

  /** A region starts again with what it installed. */
  replace(node: MeshNode, replica: FakeReplica, peers: readonly string[]): MeshNode {
    node.replicator.stop("installing");
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    return this.add(replica, peers);
  }

  /** A black hole between two regions: nothing passes, nothing ends. */
  blackHole(left: string, right: string): void {
    for (const key of [`${left}>${right}`, `${right}>${left}`]) {
      this.stopped.add(key);
      this.swallowed.add(key);
    }
  }

  /** The road is whole again; what was swallowed stays so. */
  heal(): void {
    this.stopped.clear();
    this.swallowed.clear();
  }

  /** Ends every connection between two regions. */
  disconnect(left: string, right: string): void {
    for (const { ends } of this.#connections) {
      if (!ends.every(({ in: pipe }) => pipe.key === `${left}>${right}` || pipe.key === `${right}>${left}`)) continue;
      for (const { in: pipe } of ends) {
        pipe.closed = true;
        pipe.frames.length = 0;
      }
    }
  }

  #dial(from: MeshNode, region: string): void {
    const key = `${from.replica.region}>${region}`;
    this.dials.set(key, (this.dials.get(key) ?? 0) + 1);
    if (this.swallowed.has(key)) {
      this.#hanging = [...this.#hanging, { from, to: region, sinceMs: this.nowMs }];
      this.mostHanging = Math.max(this.mostHanging, this.#hanging.filter((dial) => dial.from === from).length);
      return;
    }
    const to = this.#addresses.get(region);
    if (to === undefined || this.refused.has(key)) {
      from.replicator.dialFailed(region, "connection refused", this.nowMs);
      return;
    }
    const up: Pipe = { key, frames: [], closed: false };
    const down: Pipe = { key: `${region}>${from.replica.region}`, frames: [], closed: false };
    const accepted = to.replicator.accepted(this.wire(down), this.nowMs);
    const dialled = from.replicator.dialSucceeded(region, this.wire(up), this.nowMs);
    const ends = [
      { link: accepted, in: up },
      { link: dialled, in: down },
    ] as const;
    this.#connections.push({ ends, closed: false });
  }

  #giveUpHanging(): void {
    const isOver = ({ sinceMs }: Hanging): boolean => this.nowMs - sinceMs >= this.#limits.handshakeTimeoutMs;
    const over = this.#hanging.filter(isOver);
    this.#hanging = this.#hanging.filter((dial) => !isOver(dial));
    for (const { from, to } of over) from.replicator.dialFailed(to, "no answer", this.nowMs);
  }

  wire(pipe: Pipe = { key: "", frames: [], closed: false }): Wire & { readonly pipe: Pipe } {
    const bufferedBytes = (): number => pipe.frames.reduce((sum, { frame }) => sum + frame.length, 0);
    const pace = this.bytesPerSecond === 0 ? null : new Pace(this.bytesPerSecond, this.nowMs);
    return {
      pipe,
      mayBulk: () => pace?.hasRoom(this.nowMs) ?? true,
      send: (frame) => {
        if (pipe.closed) return;
        pace?.spend(frame.length);
        this.#frames.set(frame[0]!, this.framesOf(frame[0]!) + 1);
        this.largestFrame = Math.max(this.largestFrame, frame.length);
        if (frame[0] === FRAME.batches || frame[0] === FRAME.fragment) {
          this.batchBytes.set(pipe.key, (this.batchBytes.get(pipe.key) ?? 0) + frame.length);
        }
        const atMs = Math.max(pipe.frames.at(-1)?.atMs ?? 0, this.nowMs + (this.delayMs.get(pipe.key) ?? 1));
        pipe.frames.push({ atMs, frame });
        this.mostUnderWay.set(pipe.key, Math.max(this.mostUnderWay.get(pipe.key) ?? 0, bufferedBytes()));
      },
      bufferedBytes,
      close: () => {
        pipe.closed = true;
      },
    };
  }

  #deliver(connection: Connection): void {
    for (const { link, in: pipe } of connection.ends) {
      if (this.stopped.has(pipe.key) || this.busy.has(pipe.key.slice(pipe.key.indexOf(">") + 1))) continue;
      while (pipe.frames.length > 0 && pipe.frames[0]!.atMs <= this.nowMs) {
        link.receive(pipe.frames.shift()!.frame, this.nowMs);
      }
      if (pipe.closed && pipe.frames.length === 0) connection.closed = true;
    }
    if (!connection.closed) return;
    this.#connections.splice(this.#connections.indexOf(connection), 1);
    for (const { link } of connection.ends) link.wireClosed("closed");
  }
}
