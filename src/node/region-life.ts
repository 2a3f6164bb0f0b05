import { passing } from "../base/crash-points.ts";
import { randomHex } from "../base/random.ts";
import { isWinningDelete } from "../crdt/operation.ts";
import { isCut, type Membership } from "../replication/membership/membership.ts";
import { NO_PLACE } from "../replication/membership/region-place.ts";
import { returnMemory } from "./return-memory.ts";
import type { LifeParts } from "./life-parts.ts";
import { joinVerdict } from "./joining.ts";
import { MembershipError, MemberKeeper, type MemberOrder } from "./member-keeper.ts";
import { DEFAULT_REPLICATION_LIMITS } from "../replication/limits.ts";
import type { PeerStatus } from "../replication/peer-status.ts";
import { startReplication, type RunningReplication } from "../replication/ws/start-replication.ts";
import { installStage, type Engine } from "./engine.ts";
import { tlsFiles } from "./node-options.ts";
import { openEngine } from "./open-engine.ts";

/**
 * A region's life: one engine after the other, and replication on top of the present one.
 *
 *     starting → joining (waits for what peers have: all of it in an empty directory, else what was once its own) → ready → draining
 *         left: it was removed or evicted, and refuses clients from then on
 *         superseded: a newer node runs under the same name, this one refuses clients until it is started again
 *         recovering: the log failed, the next engine is opened from what the disk proves
 *         installing: a peer's snapshot takes the place of the rows, the next engine is opened on it
 *
 * The last two may interrupt joining and ready, which go on afterwards.
 */
export type LifeState =
  | "starting"
  | "joining"
  | "ready"
  | "recovering"
  | "installing"
  | "superseded"
  | "left"
  | "draining";

const RETRY_MS = 1_000;
const JOIN_POLL_MS = 20;
const KEEP_EVERY_MS = 200;
/** How long a region that has data waits for a peer's word of it. */
const ASK_MS = 1_000;

export class RegionLife {
  readonly #parts: LifeParts;
  readonly #keeper: MemberKeeper;
  #keeping: NodeJS.Timeout | null = null;
  #stage: "starting" | "joining" | "ready" | "superseded" | "left" | "draining" = "starting";
  /** What it was when it began to drain: who has refused clients until then goes on to. */
  #drainedFrom: LifeState | null = null;
  #interruption: "recovering" | "installing" | null = null;
  #engine: Engine;
  #replication: RunningReplication | null = null;
  #gossip: { readonly host: string; readonly port: number };
  readonly linkEnds = new Map<string, number>();
  logFailures = 0;
  snapshotsInstalled = 0;
  forcedSegments = 0;
  fenced = 0;

  constructor(parts: LifeParts, engine: Engine) {
    this.#parts = parts;
    this.#engine = engine;
    this.#gossip = parts.options.gossip;
    const { region, peers, place = NO_PLACE } = parts.options;
    const linked = (): readonly string[] => this.#replication?.outlook.linked ?? [];
    this.#keeper = new MemberKeeper(
      {
        region,
        place,
        peers,
        linked,
        serves: () => this.state === "ready",
        fence: parts.options.fence,
        onFenced: (one) => this.#hasFenced(one),
        onFenceNear: ({ region: silent, spent }) => {
          parts.logger.warn("a member is silent and has spent most of the budget of what is kept for it", {
            member: silent,
            spent: Math.round(spent * 100) / 100,
          });
        },
        passedDeadlines: () => this.#engine.housekeeping.passedDeadlines,
      },
      engine.keyspace,
    );
    parts.chores.serves = () => this.state === "ready";
    this.#adopt(engine);
  }

  get state(): LifeState {
    return this.#stage === "draining" ? "draining" : (this.#interruption ?? this.#stage);
  }

  /** As clients find it: a region that drains brings to an end what it would have served, and nothing else. */
  get stateForClients(): LifeState {
    return this.#drainedFrom ?? this.state;
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
    this.#keeping = setInterval(() => this.#keep(), KEEP_EVERY_MS);
  }

  /** Which part of its budget the longest silent member has spent. */
  get fenceSpent(): number {
    return this.#keeper.fenceSpent;
  }

  get membership(): Membership {
    return this.#keeper.membership;
  }

  /** An operator's wish; resolves once it is durable here. Throws MembershipError. */
  async order(order: MemberOrder, region: string, url: string | null): Promise<void> {
    if (this.#parts.options.secret === undefined) {
      throw new MembershipError("this region was started without --secret: it cannot have peers");
    }
    const { keyspace } = this.#engine;
    this.#keeper.order(order, region, url);
    this.#parts.logger.info("an operator changes the members", { order, member: region });
    const { lastLsn } = keyspace;
    while (keyspace.durableLsn < lastLsn) await sleep(JOIN_POLL_MS);
    this.#keep();
  }

  /** Every door is open: serves clients at once, or when it has caught up. */
  opened(): void {
    if (isCut(this.membership.own)) this.#hasLeft();
    else if (this.membership.peers.length === 0) this.#stage = "ready";
    else void this.#join(this.#engine.wasEmpty);
  }

  /** Resolves once clients are served. */
  async ready(): Promise<void> {
    while (this.state !== "ready" && this.state !== "draining") await sleep(JOIN_POLL_MS);
  }

  /** No more clients from here on. */
  drain(): void {
    if (this.#keeping !== null) clearInterval(this.#keeping);
    this.#drainedFrom ??= this.state;
    this.#stage = "draining";
  }

  async end(): Promise<void> {
    await this.#replication?.close();
    await this.#engine.close("flushed");
  }

  async #join(wasEmpty: boolean): Promise<void> {
    const { clock, logger, options } = this.#parts;
    this.#stage = "joining";
    const giveUpMs = clock.monotonicMs() + (wasEmpty ? options.joinTimeoutMs : Math.min(options.joinTimeoutMs, ASK_MS));
    for (let isTold = false; this.#stage === "joining"; await sleep(JOIN_POLL_MS)) {
      if (this.#replication === null) continue;
      const { outlook } = this.#replication;
      const verdict = joinVerdict({
        wasEmpty,
        isLearner: this.#keeper.isLearner,
        outlook,
        hasSnapshot: this.snapshotsInstalled > 0,
        isTold,
        isOver: clock.monotonicMs() >= giveUpMs,
      });
      if (verdict === "alone") logger.warn("no peer answers: an empty region begins by itself");
      if (verdict === "fetch" && !isTold) {
        const missing = outlook.ownMissing;
        logger.warn("peers have batches of this region that its directory lacks: they are fetched first", { missing });
        isTold = true;
      }
      if (verdict === "serve" || verdict === "alone") break;
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
      peers: this.membership.peers,
      cut: this.membership.cut,
      gossip: this.#gossip,
      // Without peers nobody is admitted, whatever secret they try.
      secret: options.secret ?? randomHex(16),
      otherSecrets: options.otherSecret === undefined ? [] : [options.otherSecret],
      tls: tlsFiles(options),
      clock,
      random,
      logger,
      limits: { ...DEFAULT_REPLICATION_LIMITS, linkBytesPerSecond: options.linkBytesPerSecond },
      snapshotStaged: () => void this.#replace(engine, "installing"),
      onPublished: (messages) => hooks.published(messages),
      onCall: (from, body, answer) => hooks.called(from, body, answer),
      onClock: (peer, comparison) => hooks.clockCompared(peer, comparison),
      onLinkEnded: (peer, { code }) => {
        if (code === "superseded") this.#superseded();
        if (code === "evicted") this.#hasLeft();
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

  /** A few times a second: what the records want of us, and we of them. */
  #keep(): void {
    if (this.#interruption !== null || this.#replication === null || this.#stage === "draining") return;
    let isChanged = false;
    try {
      isChanged = this.#keeper.tick(this.#stage === "superseded" || this.#stage === "left");
    } catch (error) {
      // The log has failed: the next engine is on its way.
      this.#parts.logger.warn("members cannot be looked after", { error: String(error) });
      return;
    }
    if (isCut(this.membership.own)) this.#hasLeft();
    if (this.membership.counted.length > 1) this.#parts.limits.clockSkewMaxMs = this.#parts.options.clockSkewMaxMs;
    if (!isChanged) return;
    this.#parts.logger.info("members have changed, links begin anew", {
      peers: this.membership.peers.map(({ name }) => name),
      left: this.membership.cut,
    });
    void this.#talkAnew();
  }

  #hasFenced(region: string): void {
    this.fenced++;
    this.#parts.logger.error(
      "a member is silent and what is kept for it has outgrown its budget: it is evicted, what it alone has is not merged",
      { member: region },
    );
  }

  async #talkAnew(): Promise<void> {
    const replication = this.#replication;
    this.#replication = null;
    await replication?.close();
    if (this.#interruption !== null || this.state === "draining") return;
    try {
      await this.#startReplication();
    } catch (error) {
      this.#parts.logger.error("the gossip address cannot be opened again, trying again", { error: String(error) });
      setTimeout(() => void this.#talkAnew(), RETRY_MS);
    }
  }

  #hasLeft(): void {
    if (this.#stage === "left" || this.#stage === "draining") return;
    this.#stage = "left";
    this.#parts.logger.error(
      "this region has left the database: clients are refused; admin export-undelivered shows what nobody took",
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
    engine.housekeeping.checkpoints.onCheckpoint = (rows, milliseconds) => hooks.checkpointed(rows, milliseconds);
    engine.housekeeping.packer.onRested = returnMemory;
    engine.housekeeping.onForcedTruncation = (segments) => {
      this.forcedSegments += segments;
      logger.warn("the log's budget is spent: segments that a peer lacks are dropped, it will need a snapshot", {
        segments,
      });
    };
    engine.keyspace.onPeerBatch((operations, from, stamp) => {
      hooks.batchArrived(from, stamp);
      if (operations.some(isWinningDelete)) hooks.revocationArrived(from, stamp);
    });
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
        this.#keeper.serve(engine.keyspace);
        await this.#startReplication();
        if (reason === "installing") {
          this.snapshotsInstalled++;
          passing("snapshot-installed");
        }
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
