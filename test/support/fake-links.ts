import { ManualClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { seededRandom, type Random } from "../../src/base/random.ts";
import type { AnswerCall } from "../../src/replication/calls.ts";
import { DEFAULT_REPLICATION_LIMITS, type ReplicationLimits } from "../../src/replication/limits.ts";
import type { LinkEnd } from "../../src/replication/link.ts";
import type { PeerLink } from "../../src/replication/peer-link.ts";
import { Replicator } from "../../src/replication/replicator.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import type { KeyspaceReplica } from "../../src/keyspace/keyspace-replica.ts";

/** A region as the network needs it. */
export interface SimulatedMember {
  readonly name: string;
  readonly keyspace: Keyspace;
  readonly replica: KeyspaceReplica;
  /** A snapshot is whole: start again on it. */
  install?(): Promise<void>;
  /** After that: joins the network again; without it the network does so with the peers it had. */
  rejoin?(): void;
}

/** Of frames, as they go into sockets. */
export interface Crossed {
  readonly frames: number;
  readonly bytes: number;
  readonly batchBytes: number;
  readonly sentBy: ReadonlyMap<string, number>;
}

export interface JoinOptions {
  readonly secret?: string;
  /** Regions that have left. */
  readonly cut?: readonly string[];
  readonly onLinkEnded?: (peer: string | null, end: LinkEnd) => void;
  readonly onCall?: (from: string, body: string, answer: AnswerCall) => void;
}

/**
 * How a region goes: its connections end with what was sent before still arriving, or are reset, or nobody hears of it, as when a
 * machine loses its power.
 */
export type Leaving = "closing" | "reset" | "silent";

/** One direction of one connection: frames in order, each after its delay. */
interface Pipe {
  readonly from: string;
  readonly to: string;
  readonly frames: { readonly atMs: number; readonly frame: Buffer }[];
  closed: boolean;
}

interface Connection {
  readonly dialler: string;
  readonly acceptor: string;
  diallerLink: PeerLink | null;
  acceptorLink: PeerLink | null;
  readonly up: Pipe;
  readonly down: Pipe;
  closed: boolean;
  /** One side has lost it and the other does not know: what is sent goes nowhere. */
  halfOpen: boolean;
}

/** A dial that nothing comes of, until it is given up. */
interface HangingDial {
  readonly from: string;
  readonly to: string;
  readonly untilMs: number;
}

/**
 * A network in virtual time between replicators: per-pair delays, cuts that keep connections open and silent (black holes) or
 * close them, frames that are damaged. Within a connection order holds, as in TCP; between connections it does not.
 */
export class FakeNetwork {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly #limits: ReplicationLimits;
  readonly #replicators = new Map<string, Replicator>();
  readonly #connections: Connection[] = [];
  readonly #cuts = new Set<string>();
  readonly #installs = new Map<SimulatedMember, () => void>();
  readonly #paused = new Set<string>();
  #hanging: HangingDial[] = [];
  /** What a process that stands still will hear when it goes on. */
  #unheard: { readonly region: string; readonly hear: () => void }[] = [];
  /** Snapshots installed. */
  snapshots = 0;
  readonly delayMs = new Map<string, number>();
  /** Probability that a frame is damaged on its way. */
  corruption = 0;
  /** Bytes of batches carried, by "from>to". */
  readonly carried = new Map<string, number>();
  /** Bytes of all frames, by who sent them, and how many frames. */
  readonly #sentBy = new Map<string, number>();
  #frames = 0;

  constructor(seed: number, limits: Partial<ReplicationLimits> = {}, wallMs = 0) {
    this.clock = new ManualClock(wallMs);
    this.random = seededRandom(seed);
    this.#limits = { ...DEFAULT_REPLICATION_LIMITS, ...limits };
  }

  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  /** What has crossed the network so far, between all regions together. */
  crossed(): Crossed {
    const sum = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((all, one) => all + one, 0);
    return {
      frames: this.#frames,
      bytes: sum(this.#sentBy),
      batchBytes: sum(this.carried),
      sentBy: new Map(this.#sentBy),
    };
  }

  join(region: SimulatedMember, peers: readonly string[], options: JoinOptions = {}): Replicator {
    const { secret = "secret", cut = [], onLinkEnded, onCall } = options;
    const party = { region: region.name, incarnation: region.keyspace.incarnation, peers, cut, secret };
    const replicator: Replicator = new Replicator(region.replica, party, this.#limits, {
      dial: (peer) => this.#dial(region.name, peer),
      hangUp: (peer) => {
        this.#hanging = this.#hanging.filter((dial) => dial.from !== region.name || dial.to !== peer);
      },
      nonce: () => String(this.random.next()),
      random: this.random,
      logger: silentLogger,
      snapshotStaged: () => {
        if (this.#replicators.get(region.name) !== replicator) return;
        this.#installs.set(region, () => {
          if (region.rejoin === undefined) this.join(region, peers, options);
          else region.rejoin();
        });
      },
      ...(onLinkEnded === undefined ? {} : { onLinkEnded }),
      ...(onCall === undefined ? {} : { onCall }),
    });
    this.#replicators.set(region.name, replicator);
    region.replica.onDurable(() => {
      if (this.#replicators.get(region.name) === replicator) replicator.durable(this.nowMs);
    });
    return replicator;
  }

  /** The region's process is gone. */
  leave(region: string, how: Leaving = "reset"): void {
    this.#replicators.delete(region);
    this.#hanging = this.#hanging.filter(({ from }) => from !== region);
    for (const member of this.#installs.keys()) if (member.name === region) this.#installs.delete(member);
    for (const connection of this.#connections) {
      if (connection.closed || (connection.dialler !== region && connection.acceptor !== region)) continue;
      const isDialler = connection.dialler === region;
      if (isDialler) connection.diallerLink = null;
      else connection.acceptorLink = null;
      if (how === "closing") (isDialler ? connection.up : connection.down).closed = true;
      else if (how === "silent") connection.halfOpen = true;
      else this.#close(connection);
    }
  }

  /** The region's process stands still, or goes on: its connections stay open meanwhile, and what comes waits. */
  pause(region: string, isPaused: boolean): void {
    if (isPaused) this.#paused.add(region);
    else this.#paused.delete(region);
  }

  /** The dialler has lost its connection to the acceptor, which does not know. */
  halfOpen(dialler: string, acceptor: string): void {
    for (const connection of this.#connections) {
      if (connection.dialler !== dialler || connection.acceptor !== acceptor || connection.closed) continue;
      const link = connection.diallerLink;
      connection.halfOpen = true;
      connection.diallerLink = null;
      this.#tell(dialler, () => link?.wireClosed("reset"));
    }
  }

  /** Nothing passes from one to the other; the connection stays open. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** What waited goes on. */
  uncut(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  /** Cuts end. A connection that was cut goes on where it stopped, or is gone: both happen in real networks. So it is with dials. */
  heal(): void {
    for (const connection of this.#connections) {
      const wasCut =
        this.#isCut(connection.dialler, connection.acceptor) || this.#isCut(connection.acceptor, connection.dialler);
      if (wasCut && this.random.below(2) === 0) this.#close(connection);
    }
    this.#cuts.clear();
    const hanging = this.#hanging.slice();
    for (const dial of hanging) {
      // The one before it may have had it hung up.
      if (this.random.below(2) !== 0 || !this.#hanging.includes(dial)) continue;
      this.#hanging.splice(this.#hanging.indexOf(dial), 1);
      this.#tell(dial.from, () => this.#dial(dial.from, dial.to));
    }
  }

  /** Runs for so much virtual time, letting promises settle in between. */
  async run(ms: number, stepMs = 1): Promise<void> {
    const end = this.nowMs + ms;
    while (this.nowMs < end) {
      this.clock.advance(stepMs);
      this.#deliver();
      for (const [region, replicator] of this.#replicators) if (!this.#paused.has(region)) replicator.tick(this.nowMs);
      for (let turn = 0; turn < 6; turn++) await Promise.resolve();
      await this.#install();
    }
  }

  async #install(): Promise<void> {
    for (const [region, rejoin] of this.#installs) {
      this.#installs.delete(region);
      this.#replicators.get(region.name)!.stop("installing");
      this.leave(region.name);
      await region.install!();
      this.snapshots++;
      rejoin();
    }
  }

  #dial(from: string, to: string): void {
    const dialler = this.#replicators.get(from);
    if (dialler === undefined) return;
    const acceptor = this.#replicators.get(to);
    const isSwallowed = this.#paused.has(to) || this.#isCut(from, to) || this.#isCut(to, from);
    if (isSwallowed && this.random.below(2) === 0) {
      this.#hanging.push({ from, to, untilMs: this.nowMs + this.#limits.handshakeTimeoutMs });
      return;
    }
    if (acceptor === undefined || isSwallowed) {
      dialler.dialFailed(to, "no answer", this.nowMs);
      return;
    }
    const pipe = (source: string, target: string): Pipe => ({ from: source, to: target, frames: [], closed: false });
    const connection: Connection = {
      dialler: from,
      acceptor: to,
      diallerLink: null,
      acceptorLink: null,
      up: pipe(from, to),
      down: pipe(to, from),
      closed: false,
      halfOpen: false,
    };
    this.#connections.push(connection);
    connection.acceptorLink = acceptor.accepted(this.#wire(connection, connection.down), this.nowMs);
    connection.diallerLink = dialler.dialSucceeded(to, this.#wire(connection, connection.up), this.nowMs);
  }

  #wire(connection: Connection, pipe: Pipe) {
    return {
      send: (frame: Buffer): void => {
        if (connection.closed || connection.halfOpen || pipe.closed) return;
        const key = `${pipe.from}>${pipe.to}`;
        if (frame[0] !== 1) this.carried.set(key, (this.carried.get(key) ?? 0) + frame.length);
        this.#sentBy.set(pipe.from, (this.#sentBy.get(pipe.from) ?? 0) + frame.length);
        this.#frames++;
        const last = pipe.frames.at(-1)?.atMs ?? 0;
        const atMs = Math.max(last, this.nowMs + (this.delayMs.get(key) ?? 1));
        const copy = Buffer.from(frame);
        if (this.random.next() < this.corruption) copy[this.random.below(copy.length)]! ^= 1 << this.random.below(8);
        pipe.frames.push({ atMs, frame: copy });
      },
      bufferedBytes: (): number => pipe.frames.reduce((sum, { frame }) => sum + frame.length, 0),
      // As with a socket: what was sent before the close still arrives.
      close: (): void => {
        pipe.closed = true;
      },
    };
  }

  #close(connection: Connection): void {
    if (connection.closed) return;
    connection.closed = true;
    const { dialler, acceptor, diallerLink, acceptorLink } = connection;
    this.#tell(dialler, () => diallerLink?.wireClosed("closed"));
    this.#tell(acceptor, () => acceptorLink?.wireClosed("closed"));
  }

  #tell(region: string, hear: () => void): void {
    if (this.#paused.has(region)) this.#unheard.push({ region, hear });
    else hear();
  }

  #deliver(): void {
    const heard = this.#unheard.filter(({ region }) => !this.#paused.has(region));
    this.#unheard = this.#unheard.filter(({ region }) => this.#paused.has(region));
    for (const { hear } of heard) hear();
    for (const dial of this.#hanging.filter(({ untilMs }) => untilMs <= this.nowMs)) {
      this.#hanging.splice(this.#hanging.indexOf(dial), 1);
      const dialler = this.#replicators.get(dial.from);
      this.#tell(dial.from, () => dialler?.dialFailed(dial.to, "no answer in time", this.nowMs));
    }
    for (const connection of this.#connections.slice()) {
      const isOver = connection.halfOpen && (connection.up.closed || connection.down.closed);
      if (isOver) connection.closed = true;
      if (connection.closed) this.#connections.splice(this.#connections.indexOf(connection), 1);
      if (connection.halfOpen) continue;
      for (const [pipe, link] of [
        [connection.up, connection.acceptorLink],
        [connection.down, connection.diallerLink],
      ] as const) {
        // While cut, frames wait, as TCP's segments do: a stream is late or it ends, it never has a hole.
        if (this.#isCut(pipe.from, pipe.to) || this.#paused.has(pipe.to)) continue;
        while (!connection.closed && pipe.frames.length > 0 && pipe.frames[0]!.atMs <= this.nowMs) {
          const { frame } = pipe.frames.shift()!;
          link?.receive(frame, this.nowMs);
        }
        if (pipe.closed && pipe.frames.length === 0) this.#close(connection);
      }
    }
  }

  #isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }
}
