import { systemClock, type Clock } from "../base/clock.ts";
import { stderrLogger, type Logger } from "../base/logger.ts";
import { systemTimers } from "../base/timers.ts";
import { randomHex, systemRandom } from "../base/random.ts";
import { wallMsOfStamp } from "../crdt/hlc.ts";
import { Dispatcher } from "../commands/dispatch.ts";
import { digestOf, type StateDigest } from "../keyspace/digest.ts";
import { DEFAULT_KEYSPACE_LIMITS, type KeyspaceLimits } from "../keyspace/keyspace.ts";
import { DEFAULT_REPLICATION_LIMITS } from "../replication/limits.ts";
import { startReplication, type RunningReplication } from "../replication/ws/start-replication.ts";
import { LOADING } from "../commands/refusals.ts";
import { ReplyError } from "../resp/reply-error.ts";
import { startAdminServer, type RunningAdminServer } from "../server/admin/admin-server.ts";
import { Metrics } from "../server/admin/metrics.ts";
import { DEFAULT_RESP_LIMITS } from "../server/resp/resp-limits.ts";
import { startRespServer, type RunningRespServer } from "../server/resp/resp-server.ts";
import { DEFAULT_REST_LIMITS } from "../server/rest/rest-limits.ts";
import { startRestServer, type Readiness, type RunningRestServer } from "../server/rest/rest-server.ts";
import { takeDirectory, type HeldDirectory } from "../storage/directory.ts";
import { DiskSpace } from "../storage/disk-space.ts";
import { CheckpointSaver } from "./checkpoint-saver.ts";
import { Chores } from "./chores.ts";
import { CommandTally } from "./command-tally.ts";
import type { Engine } from "./engine.ts";
import { nodeFacts } from "./node-facts.ts";
import { checkNodeOptions, type NodeOptions } from "./node-options.ts";
import { openEngine } from "./open-engine.ts";
import { sampleNode } from "./samples.ts";

/**
 * One region: everything wired, started from the ground up and stopped from the top down.
 *
 *     starting → joining (an empty directory waits for a peer to catch up from) → ready → draining
 *                                                 ready → recovering (the log failed) → ready
 */
type NodeState = "starting" | "joining" | "ready" | "recovering" | "draining";

export interface NodeAddresses {
  readonly resp: string;
  readonly rest: string;
  readonly gossip: string;
  readonly admin: string;
}

const RECOVERY_RETRY_MS = 1_000;
const JOIN_POLL_MS = 20;

export class RegionNode {
  readonly #options: NodeOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random = systemRandom();
  readonly #limits: KeyspaceLimits;
  readonly #tally = new CommandTally();
  readonly #linkEnds = new Map<string, number>();
  readonly #directory: HeldDirectory;
  readonly #disk: DiskSpace;
  readonly #chores: Chores;
  readonly #metrics: Metrics;
  readonly #dispatcher: Dispatcher;
  readonly #saver: CheckpointSaver;
  #state: NodeState = "starting";
  #engine: Engine;
  #replication: RunningReplication | null = null;
  #gossip: { readonly host: string; readonly port: number };
  #resp: RunningRespServer | null = null;
  #rest: RunningRestServer | null = null;
  #admin: RunningAdminServer | null = null;
  #clientIds = 0;
  #logFailures = 0;
  #checkpointRows = 0;

  private constructor(
    options: NodeOptions,
    clock: Clock,
    logger: Logger,
    directory: HeldDirectory,
    limits: KeyspaceLimits,
    engine: Engine,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#directory = directory;
    this.#limits = limits;
    this.#engine = engine;
    this.#gossip = options.gossip;
    this.#disk = new DiskSpace(directory.path, options.diskFreeMinBytes);
    this.#chores = new Chores(clock, logger, this.#disk);
    this.#metrics = new Metrics(options.region, () => sampleNode(this.#engine, this.#figures()));
    this.#saver = new CheckpointSaver(clock, logger, () => this.#engine);
    this.#dispatcher = new Dispatcher({
      database: engine.keyspace,
      clock,
      random: this.#random,
      timers: systemTimers,
      logger,
      version: options.version,
      writeGate: { refusal: (grows) => (grows && this.#disk.state === "full" ? this.#diskFull() : null) },
      readiness: { refusal: () => (this.#state === "ready" || this.#state === "draining" ? null : LOADING) },
      facts: () =>
        nodeFacts({
          region: options.region,
          tcpPort: Number(this.#resp?.address.split(":").at(-1) ?? 0),
          peersConnected: (this.#replication?.status() ?? []).filter((peer) => peer.connected).length,
          state: this.#state,
          logBytes: this.#engine.log.sizeBytes,
          traffic: this.#resp?.traffic ?? null,
        }),
      onCommand: this.#tally.count,
      saver: this.#saver,
      digest: () => this.#digest(undefined).digest,
      relay: (messages) => this.#replication?.publish(messages),
    });
    const { config } = this.#dispatcher.server;
    config.onChange("maxmemory", (value) => {
      this.#limits.memoryBytesMax = Number(value);
    });
    config.startWith([
      ["maxmemory", String(options.memoryBytesMax)],
      ["maxclients", String(options.clientsMax)],
      ["dir", directory.path],
      ...(options.respPassword === undefined ? [] : [["requirepass", options.respPassword] as const]),
    ]);
    this.#adopt(engine);
  }

  static async start(options: NodeOptions): Promise<RegionNode> {
    checkNodeOptions(options);
    const clock = systemClock(options.clockOffsetMs);
    const logger = stderrLogger(options.logLevel).with({ region: options.region });
    const directory = await takeDirectory(options.dataDir);
    const limits = { ...DEFAULT_KEYSPACE_LIMITS, memoryBytesMax: options.memoryBytesMax };
    // Alone there is no other clock to wait for: what has expired may go at once.
    const skewMs = options.peers.length === 0 ? 0 : limits.clockSkewMaxMs;
    const ownLimits = { ...limits, clockSkewMaxMs: skewMs };
    const engine = await openEngine(options, clock, logger, directory, ownLimits);
    const node = new RegionNode(options, clock, logger, directory, ownLimits, engine);
    try {
      await node.#open();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  get addresses(): NodeAddresses {
    return {
      resp: this.#resp!.address,
      rest: this.#rest!.address,
      gossip: this.#replication?.address ?? `${this.#gossip.host}:${this.#gossip.port}`,
      admin: this.#admin!.address,
    };
  }

  /** Resolves once clients are served. */
  async ready(): Promise<void> {
    while (this.#state !== "ready" && this.#state !== "draining") await sleep(JOIN_POLL_MS);
  }

  /** Answers what is in flight, writes what is dirty, leaves. Nothing acknowledged is lost, nor would it be without. */
  async stop(): Promise<void> {
    const { drainTimeoutMs } = this.#options;
    this.#state = "draining";
    await Promise.all([this.#resp?.drain(drainTimeoutMs), this.#rest?.drain(drainTimeoutMs)]);
    this.#chores.stop();
    await this.#replication?.close();
    await this.#engine.close(false);
    await this.#admin?.close();
    await this.#directory.release();
    this.#logger.info("stopped");
  }

  async #open(): Promise<void> {
    const { options, clock, logger } = { options: this.#options, clock: this.#clock, logger: this.#logger };
    this.#chores.start();
    const ports = {
      notReady: () => (this.#state === "ready" ? null : this.#state),
      metrics: () => this.#metrics.scrape(),
      digest: (atMs: number | undefined) => this.#digest(atMs),
      status: () => this.#status(),
    };
    this.#admin = await startAdminServer(options.admin, ports, logger);
    await this.#startReplication();
    const nextClientId = (): number => ++this.#clientIds;
    this.#resp = await startRespServer({
      ...options.resp,
      executor: this.#dispatcher,
      nextClientId,
      limits: DEFAULT_RESP_LIMITS,
      clock,
      logger,
    });
    this.#rest = await startRestServer({
      ...options.rest,
      executor: this.#dispatcher,
      nextClientId,
      tokens: [
        ...(options.token === undefined ? [] : [{ token: options.token, rights: "all" as const }]),
        ...(options.readOnlyToken === undefined
          ? []
          : [{ token: options.readOnlyToken, rights: "read-only" as const }]),
      ],
      region: options.region,
      readiness: () => this.#readiness(),
      syncTokens: {
        vector: () => this.#engine.keyspace.vector(),
        onDurable: (listener) => this.#dispatcher.onDurable(listener),
      },
      limits: { ...DEFAULT_REST_LIMITS, ...options.restLimits },
      clock,
      logger,
    });
    const { incarnation } = this.#engine.keyspace;
    logger.info("started", { ...this.addresses, incarnation, keys: this.#engine.keyspace.statistics().keys[0] });
    if (options.peers.length === 0 || !this.#engine.wasEmpty) this.#state = "ready";
    else void this.#join();
  }

  /** An empty directory beside peers is a new region, or one that lost its disk: it serves once it has what a peer has. */
  async #join(): Promise<void> {
    this.#state = "joining";
    const giveUpMs = this.#clock.monotonicMs() + this.#options.joinTimeoutMs;
    while (this.#state === "joining") {
      const replication = this.#replication;
      const heard = replication !== null && replication.heardFrom > 0;
      if (heard && replication.caughtUp) break;
      if (!heard && this.#clock.monotonicMs() >= giveUpMs) {
        this.#logger.warn("no peer answers: an empty region begins by itself");
        break;
      }
      await sleep(JOIN_POLL_MS);
    }
    if (this.#state === "joining") this.#state = "ready";
  }

  async #startReplication(): Promise<void> {
    const { region, peers } = this.#options;
    // Without peers nobody is admitted, whatever secret they try.
    const secret = this.#options.secret ?? randomHex(16);
    const { keyspace, replica } = this.#engine;
    this.#replication = await startReplication({
      replica,
      region,
      incarnation: keyspace.incarnation,
      peers,
      gossip: this.#gossip,
      secret,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      limits: DEFAULT_REPLICATION_LIMITS,
      onPublished: (messages) => this.#dispatcher.receive(messages),
      onBatchApplied: (peer, stamp) => this.#observeDelay(peer, stamp),
      onLinkEnded: (peer) => {
        if (peer !== null) this.#linkEnds.set(peer, (this.#linkEnds.get(peer) ?? 0) + 1);
      },
    });
    const { address } = this.#replication;
    this.#gossip = { host: this.#gossip.host, port: Number(address.slice(address.lastIndexOf(":") + 1)) };
  }

  /** The engine is ours to look after until its log fails. */
  #adopt(engine: Engine): void {
    this.#engine = engine;
    engine.log.onFailure((cause) => void this.#recover(engine, cause));
    engine.log.onGroup = (milliseconds) => {
      this.#metrics.observe("antipode_log_group_duration_seconds", milliseconds / 1000);
      this.#dispatcher.server.latency.record("aof-fsync-always", milliseconds);
    };
    engine.housekeeping.onCheckpoint = (rows, milliseconds) => {
      this.#checkpointRows += rows;
      this.#saver.saved();
      this.#metrics.observe("antipode_checkpoint_duration_seconds", milliseconds / 1000);
    };
    this.#chores.serve(engine);
  }

  /**
   * An append or sync failed. What waited is unknown and is told so; memory may hold what the disk does not, so it is dropped
   * whole, and the next incarnation begins from what the disk proves, as soon as the disk lets it.
   */
  async #recover(failed: Engine, cause: Error): Promise<void> {
    if (this.#engine !== failed || this.#state === "draining") return;
    this.#state = "recovering";
    this.#logFailures++;
    this.#logger.error("the log failed: waiting writes are unknown, recovering from the disk", {
      error: cause.message,
    });
    this.#dispatcher.outcomeUnknown();
    this.#chores.serve(null);
    await this.#replication?.close();
    this.#replication = null;
    await failed.close(true);
    for (;;) {
      try {
        const engine = await openEngine(this.#options, this.#clock, this.#logger, this.#directory, this.#limits);
        this.#adopt(engine);
        this.#dispatcher.serve(engine.keyspace);
        await this.#startReplication();
        this.#state = "ready";
        this.#logger.info("recovered", { incarnation: engine.keyspace.incarnation });
        return;
      } catch (error) {
        this.#logger.error("recovery failed, trying again", { error: String(error), again: `${RECOVERY_RETRY_MS} ms` });
        await sleep(RECOVERY_RETRY_MS);
      }
    }
  }

  #observeDelay(peer: string, stamp: number): void {
    const delayMs = Math.max(0, this.#clock.wallMs() - wallMsOfStamp(stamp));
    this.#metrics.observe("antipode_replication_delay_seconds", delayMs / 1000, { peer });
  }

  #readiness(): Readiness {
    const lagMs = Math.max(
      0,
      ...(this.#replication?.status() ?? []).filter((peer) => peer.connected).map((peer) => peer.lagMs),
    );
    return { ready: this.#state === "ready", state: this.#state, lagMs };
  }

  #digest(atMs: number | undefined): StateDigest & { readonly region: string } {
    return { region: this.#options.region, ...digestOf(this.#engine.keyspace, atMs ?? this.#clock.wallMs()) };
  }

  #status(): unknown {
    return {
      region: this.#options.region,
      incarnation: this.#engine.keyspace.incarnation,
      state: this.#state,
      version: this.#options.version,
      peers: this.#replication?.status() ?? [],
      statistics: this.#engine.keyspace.statistics(),
      log: {
        lastLsn: this.#engine.log.lastLsn,
        durableLsn: this.#engine.log.durableLsn,
        firstLsn: this.#engine.log.firstLsn,
        bytes: this.#engine.log.sizeBytes,
        failures: this.#logFailures,
      },
    };
  }

  #figures() {
    return {
      commands: this.#tally,
      connections: this.#resp?.connectionCount ?? 0,
      peers: this.#replication?.status() ?? [],
      heldBatches: this.#replication?.heldBatches ?? 0,
      messages: {
        server: this.#dispatcher.server,
        streams: this.#rest?.streams ?? { open: 0, cut: 0 },
        peers: this.#replication?.publishCounts ?? null,
      },
      linkEnds: this.#linkEnds,
      logFailures: this.#logFailures,
      checkpointRows: this.#checkpointRows,
      diskFreeBytes: this.#disk.freeBytes,
      writesRefused: this.#disk.state === "full",
      eventLoopLagMs: this.#chores.eventLoopLagMs,
      ready: this.#state === "ready",
    };
  }

  #diskFull(): ReplyError {
    const { freeBytes, freeMinBytes } = this.#disk;
    return new ReplyError(
      "ERR",
      `the disk nears its end, writes are refused. Free: ${freeBytes} bytes, Minimum: ${freeMinBytes} bytes`,
    );
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
