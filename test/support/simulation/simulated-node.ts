import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { Dispatcher } from "../../../src/commands/dispatch.ts";
import { HAS_LEFT, LEAVING, LOADING, logFull, SUPERSEDED } from "../../../src/commands/refusals.ts";
import { originId } from "../../../src/crdt/origin.ts";
import { Housekeeping } from "../../../src/keyspace/housekeeping.ts";
import { KeyspaceReplica } from "../../../src/keyspace/keyspace-replica.ts";
import { LimitSteward } from "../../../src/keyspace/limit-steward.ts";
import type { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { openKeyspace, SegmentMarks } from "../../../src/keyspace/open-keyspace.ts";
import { joinVerdict } from "../../../src/node/joining.ts";
import { MemberKeeper } from "../../../src/node/member-keeper.ts";
import { isCut } from "../../../src/replication/membership/membership.ts";
import { NO_PLACE } from "../../../src/replication/membership/region-place.ts";
import type { Replicator } from "../../../src/replication/replicator.ts";
import type { ReplyError } from "../../../src/resp/reply-error.ts";
import { PeerDoor } from "../../../src/server/peers/peer-door.ts";
import { MemoryLog } from "../../../src/storage/log/memory-log.ts";
import type { SimulatedMember } from "../fake-links.ts";
import { InstantRows } from "../instant-storage.ts";
import { NOBODYS_FACTS, type Crash, type NodeParts } from "./node-parts.ts";
import { emptyDisk, LateRows, type RegionDisk } from "./region-disk.ts";
import { RegionClock, VirtualTimers } from "./virtual-time.ts";

/** Clients of other regions are numbered from here on. */
const FORWARDED_FROM = 1_000_000;

type Stage = "down" | "paused" | "joining" | "ready" | "superseded" | "left";

/**
 * A region's node in virtual time: what `RegionNode` and `RegionLife` wire to sockets and disks is wired here to a network, a disk
 * and clocks that obey. All between (dispatcher, keyspace, replicator, membership, recovery) is the product's own.
 */
export class SimulatedNode implements SimulatedMember {
  readonly name: string;
  readonly clock: RegionClock;
  readonly timers: VirtualTimers;
  readonly #parts: NodeParts;
  readonly #random: Random;
  #disk: RegionDisk = emptyDisk();
  #stage: Stage = "down";
  #running: Running | null = null;
  #dispatcher: Dispatcher | null = null;
  #peerDoor: PeerDoor | null = null;
  #clientIds = FORWARDED_FROM;
  #keeper: MemberKeeper | null = null;
  #replicator: Replicator | null = null;
  #staged = new InstantRows();
  #hasSnapshot = false;
  #wasEmpty = true;
  #isTold = false;
  #giveUpMs = 0;
  #isMute = false;
  #isPaused = false;
  /** What waits for durability will never know. */
  onUnknown: () => void = () => {};
  onDurable: () => void = () => {};

  constructor(parts: NodeParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#random = seededRandom(parts.seed);
    this.clock = new RegionClock(parts.network.clock);
    this.timers = new VirtualTimers(this.clock);
  }

  get stage(): Stage {
    return this.#isPaused ? "paused" : this.#stage;
  }

  /** The process stands still, as after SIGSTOP, or goes on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused && this.isUp;
    this.#parts.network.pause(this.name, this.#isPaused);
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  get keyspace(): Keyspace {
    return this.#running!.keyspace;
  }

  get replica(): KeyspaceReplica {
    return this.#running!.replica;
  }

  get housekeeping(): Housekeeping {
    return this.#running!.housekeeping;
  }

  get log(): MemoryLog {
    return this.#running!.log;
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher!;
  }

  get keeper(): MemberKeeper {
    return this.#keeper!;
  }

  get replicator(): Replicator | null {
    return this.#replicator;
  }

  /** As it is now, copied; the process may run on. */
  get disk(): RegionDisk {
    if (this.#running === null) return { ...this.#disk, rows: this.#disk.rows.copy() };
    const { log, rows } = this.#running;
    return { log: log.surviving(0), rows: rows.stored.copy(), starts: this.#disk.starts };
  }

  async start(): Promise<void> {
    this.#running = await this.#open();
    const { keyspace } = this.#running;
    const { network, scripting, peers, name, silentLinkMs } = this.#parts;
    this.#dispatcher = new Dispatcher({
      database: keyspace,
      clock: this.clock,
      random: this.#random,
      timers: this.timers,
      logger: silentLogger,
      version: "0.0.0",
      facts: () => ({ ...NOBODYS_FACTS, region: name }),
      ...(scripting === null ? {} : { scripting }),
      writeGate: { refusal: () => this.#writeRefusal() },
      readiness: { refusal: () => this.#readiness() },
      peers: {
        linked: () => this.#replicator?.outlook.linked ?? [],
        answeringSince: (sinceMs) => this.#replicator?.outlook.answeringSince(sinceMs) ?? [],
        silentLinkMs,
        call: (region, body, called) => {
          if (this.#replicator === null) queueMicrotask(() => called({ kind: "unreachable" }));
          else this.#replicator.call(region, body, called);
        },
      },
    });
    this.#peerDoor = new PeerDoor({
      executor: this.#dispatcher,
      nextClientId: () => ++this.#clientIds,
      clock: this.clock,
    });
    this.#keeper = new MemberKeeper(
      {
        region: name,
        place: NO_PLACE,
        serves: () => this.#stage === "ready",
        peers: peers.map((peer) => ({ name: peer, url: `ws://${peer}` })),
        linked: () => this.#replicator?.outlook.linked ?? [],
        fence: { ageMaxMs: 0, itemsMax: 0, bytesMax: 0 },
        onFenced: () => {},
        onFenceNear: () => {},
        passedDeadlines: () => 0,
      },
      keyspace,
    );
    this.#hasSnapshot = false;
    this.#isTold = false;
    this.#stage = isCut(this.#keeper.membership.own) ? "left" : "joining";
    if (this.#keeper.membership.peers.length === 0 && this.#stage === "joining") this.#stage = "ready";
    this.#giveUpMs = network.nowMs + this.#parts.askMs * (this.#wasEmpty ? 20 : 1);
    this.rejoin();
  }

  /**
   * The process ends, at a point of a group's way to the disk and to others; `keep` records more than were synced have reached the
   * disk, whole, as a torn one is cut off.
   */
  crash({ at, keep, how }: Crash): void {
    if (this.#running === null) return;
    const { network } = this.#parts;
    const { log, rows } = this.#running;
    const stoodStill = this.#isPaused;
    this.pause(false);
    if (stoodStill) network.leave(this.name, how);
    else if (at === "before-reply" || at === "before-send") {
      // What becomes durable from here on is sent to nobody.
      network.leave(this.name, how);
      this.#isMute = at === "before-reply";
      log.sync();
      this.#isMute = false;
    } else if (at === "after-send") this.sync();
    network.leave(this.name, how);
    this.#disk = { log: log.crash(keep), rows: rows.stored, starts: this.#disk.starts };
    this.#running = null;
    this.#replicator = null;
    this.#stage = "down";
    this.onUnknown();
  }

  /** Another disk is in the machine: an old copy, or an empty one. The process does not run. */
  replaceDisk(disk: RegionDisk): void {
    this.#disk = { ...disk, rows: disk.rows.copy() };
  }

  /** The disk refuses: memory is dropped and the next engine begins from what is proven, in the same process. */
  async failDisk(keep: number): Promise<void> {
    const { log, rows } = this.#running!;
    this.#hangUp("recovering");
    this.#disk = { log: log.crash(keep), rows: rows.stored, starts: this.#disk.starts };
    this.dispatcher.outcomeUnknown();
    this.onUnknown();
    await this.#reopen();
    this.rejoin();
  }

  async install(): Promise<void> {
    const { log } = this.#running!;
    log.sync();
    this.#disk = { log: log.crash(0), rows: this.#staged, starts: this.#disk.starts };
    await this.#reopen();
    this.#hasSnapshot = true;
  }

  rejoin(): void {
    const { peers, cut } = this.keeper.membership;
    this.#replicator = this.#parts.network.join(
      this,
      peers.map(({ name }) => name),
      {
        cut,
        onCall: (from, body, answer) => this.#peerDoor!.call(from, body, answer),
        onLinkEnded: (_peer, { code }) => {
          if (code === "superseded") this.#stage = "superseded";
          if (code === "evicted") this.#stage = "left";
        },
      },
    );
  }

  /** The disk catches up; `isRefusing`: with the log, and it refuses the checkpoint that is on its way. */
  sync(isRefusing = false): void {
    if (this.#isPaused) return;
    this.#running?.log.sync();
    this.#running?.rows.sync(isRefusing);
  }

  /** What is dirty is written by the next checkpoint, and what is written and needed by nobody goes from the log. */
  async truncateLog(): Promise<void> {
    if (this.#running === null || this.#isPaused) return;
    this.#running.keyspace.checkpointWanted = true;
    await this.#running.housekeeping.truncateLog();
  }

  /** What the process' timers do. */
  tick(): void {
    if (this.#running === null || this.#isPaused) return;
    this.timers.due();
    this.#running.housekeeping.tick();
    if (this.#keeper!.tick(this.#stage === "superseded" || this.#stage === "left")) {
      this.#hangUp("members have changed");
      this.rejoin();
    }
    if (isCut(this.#keeper!.membership.own)) this.#stage = "left";
    if (this.#stage === "ready" && this.#parts.mayGive()) this.#running.limits.answer();
    if (this.#stage === "joining") this.#join();
  }

  /** Tells every peer goodbye; who waits for an answer of one will not have it. */
  #hangUp(reason: string): void {
    this.#replicator?.stop(reason);
    this.#replicator = null;
    this.#parts.network.leave(this.name, "closing");
  }

  #join(): void {
    const verdict = joinVerdict({
      wasEmpty: this.#wasEmpty,
      isLearner: this.#keeper!.isLearner,
      outlook: this.#replicator!.outlook,
      hasSnapshot: this.#hasSnapshot,
      isTold: this.#isTold,
      isOver: this.#parts.network.nowMs >= this.#giveUpMs,
    });
    if (verdict === "fetch") this.#isTold = true;
    if (verdict === "serve" || verdict === "alone") this.#stage = "ready";
  }

  #readiness(): ReplyError | null {
    switch (this.#stage) {
      case "ready":
        return null;
      case "left":
        return HAS_LEFT;
      case "superseded":
        return SUPERSEDED;
      default:
        return LOADING;
    }
  }

  #writeRefusal(): ReplyError | null {
    if (this.#keeper!.membership.own === "leaving") return LEAVING;
    const { isFull, unheldBytes } = this.#running!.housekeeping.retention;
    return isFull ? logFull(unheldBytes, this.#parts.limits.logBytesMax) : null;
  }

  async #reopen(): Promise<void> {
    this.#running = await this.#open();
    this.#dispatcher!.serve(this.#running.keyspace);
    this.#keeper!.serve(this.#running.keyspace);
  }

  async #open(): Promise<Running> {
    const { name, peers, limits, segmentRecords, onAppend } = this.#parts;
    const starts = this.#disk.starts + 1;
    this.#disk = { ...this.#disk, starts };
    const marks = new SegmentMarks();
    const log = new MemoryLog({ mark: marks.mark, segmentRecords, onAppend }, this.#disk.log);
    const rows = new LateRows(this.#disk.rows);
    this.#wasEmpty = log.lastLsn === 0 && rows.head() === null;
    const keyspace = await openKeyspace({
      region: name,
      incarnation: originId(
        name,
        starts,
        this.#random
          .below(2 ** 32)
          .toString(16)
          .padStart(8, "0"),
      ),
      members: [name, ...peers],
      log,
      rows,
      clock: this.clock,
      random: this.#random,
      limits,
    });
    marks.attach(keyspace);
    const replica = new KeyspaceReplica(keyspace, () => (this.#staged = new InstantRows()));
    keyspace.onDurable(() => {
      if (!this.#isMute) this.onDurable();
    });
    return {
      log,
      rows,
      keyspace,
      replica,
      housekeeping: new Housekeeping(keyspace),
      limits: new LimitSteward(keyspace),
    };
  }
}

interface Running {
  readonly log: MemoryLog;
  readonly rows: LateRows;
  readonly keyspace: Keyspace;
  readonly replica: KeyspaceReplica;
  readonly housekeeping: Housekeeping;
  readonly limits: LimitSteward;
}
