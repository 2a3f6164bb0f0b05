import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { stderrLogger, type Logger } from "../base/logger.ts";
import { systemTimers } from "../base/timers.ts";
import { systemRandom } from "../base/random.ts";
import { wallMsOfStamp } from "../crdt/hlc.ts";
import { confirmationsOf } from "../commands/confirmations.ts";
import { Dispatcher } from "../commands/dispatch.ts";
import { digestOf, type StateDigest } from "../keyspace/digest.ts";
import { DEFAULT_KEYSPACE_LIMITS, type Keyspace, type KeyspaceLimits } from "../keyspace/keyspace.ts";
import type { ClockComparison } from "../replication/clock-comparison.ts";
import { DEFAULT_REPLICATION_LIMITS } from "../replication/limits.ts";
import type { BinaryString } from "../base/bytes.ts";
import { PeerDoor } from "../server/peers/peer-door.ts";
import type { Published } from "../replication/published.ts";
import { diskFull, HAS_LEFT, LEAVING, LOADING, logFull, SUPERSEDED } from "../commands/refusals.ts";
import type { ReplyError } from "../resp/reply-error.ts";
import { REDIS_VERSION } from "../commands/redis-version.ts";
import { KillSwitch } from "../scripting/kill-switch.ts";
import { LuaEngine } from "../scripting/script-engine.ts";
import { startAdminServer, type RunningAdminServer } from "../server/admin/admin-server.ts";
import { Metrics, type HistogramName } from "../server/admin/metrics.ts";
import { DEFAULT_RESP_LIMITS } from "../server/resp/resp-limits.ts";
import { startRespServer, type RunningRespServer } from "../server/resp/resp-server.ts";
import { DEFAULT_REST_LIMITS } from "../server/rest/rest-limits.ts";
import { startRestServer, type Readiness, type RunningRestServer } from "../server/rest/rest-server.ts";
import { NO_ADDRESSES } from "../sockets/address-ranges.ts";
import { takeDirectory, type HeldDirectory } from "../storage/directory.ts";
import { DiskSpace } from "../storage/disk-space.ts";
import { CheckpointSaver } from "./checkpoint-saver.ts";
import { ClockWatch } from "./clock-watch.ts";
import { Chores } from "./chores.ts";
import { CommandTally } from "./command-tally.ts";
import type { Engine } from "./engine.ts";
import type { MemberOrder } from "./member-keeper.ts";
import { nodeFacts } from "./node-facts.ts";
import { checkNodeOptions, clientTlsFiles, type NodeOptions } from "./node-options.ts";
import { openEngine } from "./open-engine.ts";
import { regionList } from "./region-list.ts";
import { RegionLife, type LifeState } from "./region-life.ts";
import { startScriptWatch, type RunningScriptWatch } from "./script-watch.ts";
import { sampleNode } from "./samples.ts";

export interface NodeAddresses {
  readonly resp: string;
  readonly rest: string;
  readonly gossip: string;
  readonly admin: string;
  readonly scriptWatch?: string;
}

/** Who has asked /readyz within this will ask again. */
const ASKERS_MS = 5_000;

/** One region: everything wired, started from the ground up and stopped from the top down. Its states: `RegionLife`. */
export class RegionNode {
  readonly #options: NodeOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: KeyspaceLimits;
  readonly #tally = new CommandTally();
  readonly #directory: HeldDirectory;
  readonly #disk: DiskSpace;
  readonly #chores: Chores;
  readonly #clockWatch: ClockWatch;
  readonly #life: RegionLife;
  readonly #metrics: Metrics;
  readonly #dispatcher: Dispatcher;
  readonly #saver: CheckpointSaver;
  #resp: RunningRespServer | null = null;
  #rest: RunningRestServer | null = null;
  #admin: RunningAdminServer | null = null;
  readonly #killSwitch = new KillSwitch();
  #scriptWatch: RunningScriptWatch | null = null;
  #clientIds = 0;
  /** When somebody last asked whether this region is ready. */
  #askedAtMs = Number.NEGATIVE_INFINITY;
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
    this.#disk = new DiskSpace(directory.path, options.diskFreeMinBytes);
    this.#chores = new Chores(clock, logger, this.#disk);
    const others = (): readonly string[] => this.#life.membership.peers.map(({ name }) => name);
    this.#clockWatch = new ClockWatch(options.clockSkewMaxMs, others, logger);
    this.#metrics = new Metrics(options.region, () => sampleNode(this.#life.engine, this.#figures()));
    this.#saver = new CheckpointSaver(clock, logger, () => this.#life.engine);
    const random = systemRandom();
    this.#dispatcher = new Dispatcher({
      database: engine.keyspace,
      clock,
      random,
      timers: systemTimers,
      logger,
      version: options.version,
      writeGate: { refusal: (grows) => this.#writeRefusal(grows) },
      readiness: { refusal: () => readinessRefusal(this.#life.stateForClients) },
      scripting: new LuaEngine({ clock, logger, killSwitch: this.#killSwitch, redisVersion: REDIS_VERSION }),
      facts: () =>
        nodeFacts({
          region: options.region,
          tcpPort: Number(this.#resp?.address.split(":").at(-1) ?? 0),
          peersConnected: this.#life.peers().filter((peer) => peer.connected).length,
          state: this.#life.state,
          logBytes: this.#life.engine.log.sizeBytes,
          traffic: this.#resp?.traffic ?? null,
        }),
      onCommand: this.#tally.count,
      saver: this.#saver,
      digest: () => this.#digest(undefined).digest,
      peers: {
        linked: () => this.#life.replication?.outlook.linked ?? [],
        answeringSince: (sinceMs) => this.#life.replication?.outlook.answeringSince(sinceMs) ?? [],
        silentLinkMs: DEFAULT_REPLICATION_LIMITS.deadAfterMs,
        call: (region, body, called) => {
          const { replication } = this.#life;
          if (replication === null) queueMicrotask(() => called({ kind: "unreachable" }));
          else replication.call(region, body, called);
        },
      },
      relay: (messages) => this.#life.replication?.publish(messages),
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
    const peerDoor = new PeerDoor({
      executor: this.#dispatcher,
      nextClientId: () => ++this.#clientIds,
      clock,
    });
    const hooks = {
      serves: (database: Keyspace) => this.#dispatcher.serve(database),
      outcomeUnknown: () => this.#dispatcher.outcomeUnknown(),
      groupWritten: (milliseconds: number) => {
        this.#metrics.observe("antipode_log_group_duration_seconds", milliseconds / 1000);
        this.#dispatcher.server.latency.record("aof-fsync-always", milliseconds);
      },
      checkpointed: (rows: number, milliseconds: number) => {
        this.#checkpointRows += rows;
        this.#saver.saved();
        this.#metrics.observe("antipode_checkpoint_duration_seconds", milliseconds / 1000);
      },
      called: (from: string, body: BinaryString, answer: (body: BinaryString) => void) =>
        peerDoor.call(from, body, answer),
      published: (messages: readonly Published[]) => this.#dispatcher.receive(messages),
      clockCompared: (peer: string, comparison: ClockComparison) =>
        this.#clockWatch.compared(peer, comparison, clock.monotonicMs()),
      batchArrived: (peer: string, stamp: number) =>
        this.#observeSince("antipode_replication_delay_seconds", stamp, peer),
      revocationArrived: (origin: string, stamp: number) =>
        this.#observeSince("antipode_revocation_window_seconds", stamp, origin),
    };
    const parts = { options, clock, random, logger, directory, limits, chores: this.#chores, hooks };
    this.#life = new RegionLife(parts, engine);
  }

  static async start(options: NodeOptions): Promise<RegionNode> {
    checkNodeOptions(options);
    const { clock } = options;
    const logger = stderrLogger(options.logLevel).with({ region: options.region });
    const directory = await takeDirectory(options.dataDir);
    const limits = {
      ...DEFAULT_KEYSPACE_LIMITS,
      memoryBytesMax: options.memoryBytesMax,
      ...(options.packAfterS === undefined ? {} : { packAfterS: options.packAfterS }),
      logBytesMax: options.logBytesMax,
      logAgeMaxMs: options.logAgeMaxMs,
    };
    // Alone there is no other clock to wait for: what has expired may go at once.
    const skewMs = options.peers.length === 0 ? 0 : options.clockSkewMaxMs;
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
      gossip: this.#life.gossipAddress,
      admin: this.#admin!.address,
      ...(this.#scriptWatch === null ? {} : { scriptWatch: this.#scriptWatch.address }),
    };
  }

  /** Resolves once clients are served. */
  ready(): Promise<void> {
    return this.#life.ready();
  }

  /** Answers what is in flight, writes what is dirty, leaves. Nothing acknowledged is lost, nor would it be without. */
  async stop(): Promise<void> {
    const { drainTimeoutMs } = this.#options;
    this.#life.drain();
    await this.#announceEnd();
    await Promise.all([this.#resp?.drain(drainTimeoutMs), this.#rest?.drain(drainTimeoutMs)]);
    this.#chores.stop();
    await this.#life.end();
    await this.#scriptWatch?.close();
    await this.#admin?.close();
    await this.#directory.release();
    this.#logger.info("stopped");
  }

  /** Routers that look at `/readyz` take their clients elsewhere before the doors close. */
  async #announceEnd(): Promise<void> {
    const { drainAnnounceMs = 0 } = this.#options;
    if (this.#clock.monotonicMs() - this.#askedAtMs > ASKERS_MS) return;
    this.#logger.info("draining is announced", { forMs: drainAnnounceMs });
    await sleep(drainAnnounceMs);
  }

  async #open(): Promise<void> {
    const { options, clock, logger } = { options: this.#options, clock: this.#clock, logger: this.#logger };
    this.#chores.onClockDue = (nowMs) => this.#clockWatch.look(nowMs);
    this.#chores.start();
    const ports = {
      notReady: () => (this.#life.state === "ready" ? null : this.#life.state),
      metrics: () => this.#metrics.scrape(),
      digest: (atMs: number | undefined) => this.#digest(atMs),
      status: () => this.#status(),
      members: () => this.#life.membership.all,
      order: (order: MemberOrder, region: string, url: string | null) => this.#life.order(order, region, url),
    };
    this.#admin = await startAdminServer(options.admin, ports, logger);
    if (options.scriptWatch !== undefined) {
      this.#scriptWatch = await startScriptWatch(options.scriptWatch, this.#killSwitch.shared);
    }
    await this.#life.begin();
    const nextClientId = (): number => ++this.#clientIds;
    const proxies = options.trustedProxies ?? NO_ADDRESSES;
    const tls = clientTlsFiles(options);
    this.#resp = await startRespServer({
      ...options.resp,
      executor: this.#dispatcher,
      nextClientId,
      limits: DEFAULT_RESP_LIMITS,
      proxies,
      tls,
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
      regions: () => regionList(options.region, this.#life, this.#readiness()),
      syncTokens: {
        vector: () => this.#life.engine.keyspace.vector(),
        covers: (origin, sequence) => this.#life.engine.keyspace.covers(origin, sequence),
        hasLeft: (region: string) => this.#life.engine.keyspace.hasLeft(region),
        onDurable: (listener) => this.#dispatcher.onDurable(listener),
      },
      confirmations: confirmationsOf(this.#dispatcher.server),
      limits: { ...DEFAULT_REST_LIMITS, ...options.restLimits },
      proxies,
      tls,
      clock,
      logger,
    });
    const { keyspace } = this.#life.engine;
    const keys = keyspace.statistics().keys[0];
    logger.info("started", { ...this.addresses, incarnation: keyspace.incarnation, keys });
    this.#life.opened();
  }

  #observeSince(name: HistogramName, stamp: number, label: string): void {
    const delayMs = Math.max(0, this.#clock.wallMs() - wallMsOfStamp(stamp));
    this.#metrics.observe(name, delayMs / 1000, label);
  }

  #readiness(): Readiness {
    this.#askedAtMs = this.#clock.monotonicMs();
    // It still answers, and refuses writes.
    const isLeaving = this.#life.state === "ready" && this.#life.membership.own === "leaving";
    const state = isLeaving ? "leaving" : this.#life.state;
    const connected = this.#life.peers().filter((peer) => peer.connected);
    return { ready: state === "ready", state, lagMs: Math.max(0, ...connected.map((peer) => peer.lagMs)) };
  }

  #digest(atMs: number | undefined): StateDigest & { readonly region: string } {
    return { region: this.#options.region, ...digestOf(this.#life.engine.keyspace, atMs ?? this.#clock.wallMs()) };
  }

  #status(): unknown {
    return {
      region: this.#options.region,
      incarnation: this.#life.engine.keyspace.incarnation,
      state: this.#life.state,
      version: this.#options.version,
      peers: this.#life.peers(),
      clock: { aheadMs: this.#clockWatch.aheadMs, farAhead: this.#clockWatch.refusal !== null },
      snapshotFrom: this.#life.replication?.snapshots.incomingFrom ?? null,
      statistics: this.#life.engine.keyspace.statistics(),
      log: {
        lastLsn: this.#life.engine.log.lastLsn,
        durableLsn: this.#life.engine.log.durableLsn,
        firstLsn: this.#life.engine.log.firstLsn,
        bytes: this.#life.engine.log.sizeBytes,
        failures: this.#life.logFailures,
        budgetBytes: this.#limits.logBytesMax,
        ...this.#life.engine.housekeeping.retention,
      },
    };
  }

  #figures() {
    return {
      commands: this.#tally,
      connections: this.#resp?.connectionCount ?? 0,
      messages: {
        server: this.#dispatcher.server,
        streams: this.#rest?.streams ?? { open: 0, cut: 0 },
        peers: this.#life.replication?.publishCounts ?? null,
      },
      life: this.#life,
      checkpointRows: this.#checkpointRows,
      diskFreeBytes: this.#disk.freeBytes,
      clock: this.#clockWatch,
      writesRefused: this.#writeRefusal(true) !== null,
      eventLoopLagMs: this.#chores.eventLoopLagMs,
      ready: this.#life.state === "ready",
    };
  }

  #writeRefusal(grows: boolean): ReplyError | null {
    if (this.#life.membership.own === "leaving") return LEAVING;
    if (this.#clockWatch.refusal !== null) return this.#clockWatch.refusal;
    const { isFull, unheldBytes } = this.#life.engine.housekeeping.retention;
    if (isFull) return logFull(unheldBytes, this.#limits.logBytesMax);
    if (!grows || this.#disk.state !== "full") return null;
    return diskFull(this.#disk);
  }
}

function readinessRefusal(state: LifeState): ReplyError | null {
  if (state === "ready") return null;
  if (state === "left") return HAS_LEFT;
  return state === "superseded" ? SUPERSEDED : LOADING;
}
