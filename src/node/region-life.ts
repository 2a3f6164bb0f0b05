import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { randomHex, type Random } from "../base/random.ts";
import type { Keyspace, KeyspaceLimits } from "../keyspace/keyspace.ts";
import { DEFAULT_REPLICATION_LIMITS } from "../replication/limits.ts";
import type { PeerStatus } from "../replication/peer-status.ts";
import type { Published } from "../replication/published.ts";
import { startReplication, type RunningReplication } from "../replication/ws/start-replication.ts";
import type { HeldDirectory } from "../storage/directory.ts";
import type { Chores } from "./chores.ts";
import { installStage, type Engine } from "./engine.ts";
import type { NodeOptions } from "./node-options.ts";
import { openEngine } from "./open-engine.ts";

/**
 * A region's life: one engine after the other, and replication on top of the present one.
 *
 *     starting → joining (waits for what peers have: all of it in an empty directory, else what was once its own) → ready → draining
 *         superseded: a newer node runs under the same name, this one refuses clients until it is started again
 *         recovering: the log failed, the next engine is opened from what the disk proves
 *         installing: a peer's snapshot takes the place of the rows, the next engine is opened on it
 *
 * The last two may interrupt joining and ready, which go on afterwards.
 */
export type LifeState = "starting" | "joining" | "ready" | "recovering" | "installing" | "superseded" | "draining";

/** What the rest of the node wants to hear. */
export interface LifeHooks {
  /** This database serves from now on. */
  serves(database: Keyspace): void;
  /** What waits for durability will never know. */
  outcomeUnknown(): void;
  groupWritten(milliseconds: number): void;
  checkpointed(rows: number, milliseconds: number): void;
  /** Messages of pub/sub came from a peer. */
  published(messages: readonly Published[]): void;
  batchArrived(region: string, stamp: number): void;
}

export interface LifeParts {
  readonly options: NodeOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly directory: HeldDirectory;
  readonly limits: KeyspaceLimits;
  readonly chores: Chores;
  readonly hooks: LifeHooks;
}

const RETRY_MS = 1_000;
const JOIN_POLL_MS = 20;
/** How long a region that has data waits for a peer's word of it. */
const ASK_MS = 1_000;

export class RegionLife {
  readonly #parts: LifeParts;
  #stage: "starting" | "joining" | "ready" | "superseded" | "draining" = "starting";
  #interruption: "recovering" | "installing" | null = null;
  #engine: Engine;
  #replication: RunningReplication | null = null;
  #gossip: { readonly host: string; readonly port: number };
  readonly linkEnds = new Map<string, number>();
  logFailures = 0;
  snapshotsInstalled = 0;
  forcedSegments = 0;

  constructor(parts: LifeParts, engine: Engine) {
    this.#parts = parts;
    this.#engine = engine;
    this.#gossip = parts.options.gossip;
    this.#adopt(engine);
  }

  get state(): LifeState {
    return this.#stage === "draining" ? "draining" : (this.#interruption ?? this.#stage);
  }

  get engine(): Engine {
    return this.#engine;
  }

  get replication(): RunningReplication | null {
    return this.#replication;
  }

  get gossipAddress(): string {
    return this.#replication?.address ?? `${this.#gossip.host}:${this.#gossip.port}`;
  }

  peers(): readonly PeerStatus[] {
    return this.#replication?.status() ?? [];
  }

  /** Talks to peers. */
  async begin(): Promise<void> {
    await this.#startReplication();
  }

  /** Every door is open: serves clients at once, or when it has caught up. */
  opened(): void {
    if (this.#parts.options.peers.length === 0) this.#stage = "ready";
    else void this.#join(this.#engine.wasEmpty);
  }

  /** Resolves once clients are served. */
  async ready(): Promise<void> {
    while (this.state !== "ready" && this.state !== "draining") await sleep(JOIN_POLL_MS);
  }

  /** No more clients from here on. */
  drain(): void {
    this.#stage = "draining";
  }

  async end(): Promise<void> {
    await this.#replication?.close();
    await this.#engine.close("flushed");
  }

  /**
   * An empty directory beside peers is a new region, or one that lost its disk: it serves once it has what a peer has. Any other is
   * asked about: when peers have more of its own earlier incarnations than it has itself, it is an old copy or was cut, and serves
   * once it has that back.
   */
  async #join(wasEmpty: boolean): Promise<void> {
    const { clock, logger, options } = this.#parts;
    this.#stage = "joining";
    const giveUpMs = clock.monotonicMs() + (wasEmpty ? options.joinTimeoutMs : Math.min(options.joinTimeoutMs, ASK_MS));
    let isTold = false;
    for (; this.#stage === "joining"; await sleep(JOIN_POLL_MS)) {
      const replication = this.#replication;
      if (replication === null) continue;
      const isOver = clock.monotonicMs() >= giveUpMs;
      if (wasEmpty) {
        if (replication.heardFrom > 0 && replication.caughtUp) break;
        if (replication.heardFrom > 0 || this.snapshotsInstalled > 0 || !isOver) continue;
        logger.warn("no peer answers: an empty region begins by itself");
        break;
      }
      const missing = replication.ownMissing;
      if (missing === 0 && (isTold || isOver || replication.isAnswered)) break;
      // Whoever had it is gone: what is here is served, the rest comes when they do.
      if (isTold && isOver && replication.isAlone) break;
      if (missing === 0 || isTold) continue;
      isTold = true;
      logger.warn("peers have batches of this region that its directory lacks: they are fetched first", { missing });
    }
    if (this.#stage === "joining") this.#stage = "ready";
  }

  async #startReplication(): Promise<void> {
    const { options, clock, random, logger, hooks } = this.#parts;
    const { keyspace, replica } = this.#engine;
    const engine = this.#engine;
    this.#replication = await startReplication({
      replica,
      region: options.region,
      incarnation: keyspace.incarnation,
      peers: options.peers,
      gossip: this.#gossip,
      // Without peers nobody is admitted, whatever secret they try.
      secret: options.secret ?? randomHex(16),
      clock,
      random,
      logger,
      limits: DEFAULT_REPLICATION_LIMITS,
      snapshotStaged: () => void this.#replace(engine, "installing"),
      onPublished: (messages) => hooks.published(messages),
      onBatchApplied: (origin, stamp) => hooks.batchArrived(origin, stamp),
      onLinkEnded: (peer, { code }) => {
        if (code === "superseded") this.#superseded();
        if (peer !== null) this.linkEnds.set(peer, (this.linkEnds.get(peer) ?? 0) + 1);
      },
    });
    const { address } = this.#replication;
    this.#gossip = { host: this.#gossip.host, port: Number(address.slice(address.lastIndexOf(":") + 1)) };
  }

  /** Nothing of what it has taken in is lost: its directory has it, and hands it over at its next start. */
  #superseded(): void {
    if (this.#stage === "superseded" || this.#stage === "draining") return;
    this.#stage = "superseded";
    this.#parts.logger.error(
      "a newer node runs under this region's name: clients are refused here, stop one of the two",
    );
  }

  /** The engine is ours to look after until its log fails, or a snapshot replaces it. */
  #adopt(engine: Engine): void {
    const { chores, hooks, logger } = this.#parts;
    this.#engine = engine;
    engine.log.onFailure((cause) => {
      if (this.#engine !== engine || this.#stage === "draining") return;
      this.logFailures++;
      logger.error("the log failed: waiting writes are unknown, recovering from the disk", { error: cause.message });
      hooks.outcomeUnknown();
      void this.#replace(engine, "recovering");
    });
    engine.log.onGroup = (milliseconds) => hooks.groupWritten(milliseconds);
    engine.housekeeping.onCheckpoint = (rows, milliseconds) => hooks.checkpointed(rows, milliseconds);
    engine.housekeeping.onForcedTruncation = (segments) => {
      this.forcedSegments += segments;
      logger.warn("the log's budget is spent: segments that a peer lacks are dropped, it will need a snapshot", {
        segments,
      });
    };
    chores.serve(engine);
  }

  /**
   * The present engine's memory is dropped whole, and the next incarnation begins from what the disk proves: after a failed append
   * or sync, when memory may hold what the disk does not; and to begin on the rows of a peer's snapshot.
   */
  async #replace(present: Engine, reason: "recovering" | "installing"): Promise<void> {
    const { options, clock, logger, directory, limits, chores, hooks } = this.#parts;
    if (this.#engine !== present || this.#stage === "draining" || this.#interruption !== null) return;
    this.#interruption = reason;
    chores.serve(null);
    await this.#replication?.close();
    this.#replication = null;
    // What is in the log's queue becomes durable first, and its writers are told so.
    await present.close(reason === "installing" ? "logged" : "failed");
    for (let isInstalled = reason !== "installing"; ;) {
      let engine: Engine | null = null;
      try {
        if (!isInstalled) installStage(directory.path);
        isInstalled = true;
        engine = await openEngine(options, clock, logger, directory, limits);
        this.#adopt(engine);
        hooks.serves(engine.keyspace);
        await this.#startReplication();
        if (reason === "installing") this.snapshotsInstalled++;
        this.#interruption = null;
        logger.info(reason === "installing" ? "the snapshot is installed" : "recovered", {
          incarnation: engine.keyspace.incarnation,
        });
        return;
      } catch (error) {
        logger.error("the next engine cannot be opened, trying again", {
          error: String(error),
          again: `${RETRY_MS} ms`,
        });
        await engine?.close("failed");
        await sleep(RETRY_MS);
      }
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
