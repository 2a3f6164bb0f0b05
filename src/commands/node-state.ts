import { Homes, type PeerPort } from "./pinned/homes.ts";
import type { BinaryString } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { DATABASE_COUNT } from "../crdt/operations/operation-kind.ts";
import type { AccessControl } from "./acl/access-control.ts";
import { AclLog } from "./acl/acl-log.ts";
import { createAccess } from "./acl/node-access.ts";
import { ClientPause } from "./client-pause.ts";
import { ClientRegistry } from "./client-registry.ts";
import type { ClientSession } from "./client-session.ts";
import { CommandStatistics } from "./command-statistics.ts";
import { ConfigStore } from "./config-store.ts";
import type { Command } from "./define-command.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import { Announcements } from "./messages/announcements.ts";
import { ChannelTable } from "./messages/channel-table.ts";
import { ExpiryWatch } from "./messages/expiry-watch.ts";
import { KeyspaceEvents } from "./messages/keyspace-events.ts";
import { Monitors } from "./messages/monitors.ts";
import type { NodeFacts, Saver, ServedDatabase, ServerParts } from "./server-context.ts";
import type { Timers } from "../base/timers.ts";
import type { ScriptHost } from "./scripts/script-host.ts";
import type { ServerState } from "./server-state.ts";
import type { Tracking } from "./tracking/tracking-state.ts";
import { TrackingTable } from "./tracking/tracking-table.ts";
import type { Settled } from "./session-reply.ts";
import { SlowLog } from "./slow-log.ts";

type RunQueued = (session: ClientSession, queued: readonly (readonly BinaryString[])[]) => Settled;

/** ServerState as dispatch holds it: built from the node's parts, changed by dispatch alone. */
export class NodeState implements ServerState {
  #peakBytes = 0;
  database: ServedDatabase;
  blockedClients = 0;
  /** SLOWLOG's threshold, kept as a number because it is compared on every command; negative: off. */
  slowerThanMicros: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly version: string;
  readonly startedMs: number;
  readonly facts: () => NodeFacts;
  readonly access: AccessControl;
  readonly aclLog: AclLog;
  readonly config = new ConfigStore();
  readonly clients = new ClientRegistry();
  readonly pause: ClientPause;
  readonly channels = new ChannelTable();
  readonly announcements: Announcements;
  readonly events: KeyspaceEvents;
  readonly expiry: ExpiryWatch;
  readonly monitors: Monitors;
  readonly tracking: TrackingTable;
  readonly slowLog = new SlowLog();
  readonly statistics = new CommandStatistics();
  readonly latency: LatencyMonitor;
  readonly saver: Saver;
  readonly digest: () => string;
  readonly commands: ReadonlyMap<string, Command>;
  readonly scripts: ScriptHost;
  readonly homes: Homes;
  readonly runQueued: RunQueued;
  #stopListening = (): void => {};

  constructor(
    parts: ServerParts,
    commands: ReadonlyMap<string, Command>,
    runQueued: RunQueued,
    makeScripts: (server: NodeState) => ScriptHost,
  ) {
    this.database = parts.database;
    this.clock = parts.clock;
    this.random = parts.random;
    this.timers = parts.timers;
    this.logger = parts.logger;
    this.version = parts.version;
    this.startedMs = parts.clock.monotonicMs();
    this.facts = parts.facts;
    this.access = createAccess(this, commands);
    this.aclLog = new AclLog(parts.clock);
    this.homes = new Homes(() => parts.facts().region, parts.peers ?? NO_PEERS, parts.clock, parts.database);
    this.digest = parts.digest ?? (() => "");
    this.saver = parts.saver ?? noSaver(parts.clock.wallMs());
    this.latency = new LatencyMonitor(parts.clock);
    this.pause = new ClientPause(parts.clock, parts.timers);
    this.announcements = new Announcements(this.channels, parts.relay ?? null);
    this.events = new KeyspaceEvents(this.config, this.channels, this.announcements, () => this.#watchExpiry());
    this.tracking = new TrackingTable(this.clients, () => this.config.number("tracking-table-max-keys"));
    this.expiry = new ExpiryWatch(
      parts.clock,
      parts.timers,
      () => this.database,
      (db, key) => {
        this.events.tell("expired", "expired", key, db);
        this.announce();
        this.tracking.changed(key);
      },
    );
    this.monitors = new Monitors(parts.clock);
    this.commands = commands;
    this.runQueued = runQueued;
    this.scripts = makeScripts(this);
    this.slowerThanMicros = this.config.number("slowlog-log-slower-than");
    this.config.onChange("latency-monitor-threshold", (value) => {
      this.latency.thresholdMs = Number(value);
    });
    this.config.onChange("latency-tracking", (value) => {
      this.statistics.tracksLatency = value === "yes";
    });
    this.config.onChange("slowlog-log-slower-than", (value) => {
      this.slowerThanMicros = Number(value);
    });
    this.serve(parts.database);
  }

  /** The client is gone, or begins anew: nothing reaches it any more but replies. */
  forget(session: ClientSession): void {
    this.channels.unsubscribeAll(session);
    if (session.isMonitor) this.monitors.remove(session);
    if (session.tracking !== null) this.track(session, null);
  }

  /** CLIENT TRACKING; null: off. */
  track(session: ClientSession, tracking: Tracking | null): void {
    this.tracking.disable(session);
    if (tracking !== null) this.tracking.enable(session, tracking);
    this.#watchExpiry();
  }

  /** A command has read keys: a client that tracks them hears of their change, and of their end. */
  hasRead(session: ClientSession, db: number, keys: readonly BinaryString[]): void {
    if (!this.tracking.remember(session, keys)) return;
    for (const key of keys) if (this.database.deadlineOf(db, key) !== 0) this.expiry.watch(db, key);
  }

  #watchExpiry(): void {
    this.expiry.watchesAll = this.events.asksForExpired || this.tracking.watchesAll;
  }

  /** Serves this database from now on. */
  serve(database: ServedDatabase): void {
    this.#stopListening();
    this.database = database;
    this.homes.serve(database);
    const stops = [
      database.onKeyChanged((db, key) => {
        if (db >= DATABASE_COUNT) return;
        this.tracking.changed(key);
        this.events.changed(key);
        this.expiry.changed(db, key);
      }),
      database.onPeerBatch((operations) => {
        this.events.arrived(operations);
        this.announce();
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
  }

  /** A command or transaction is over: what it had to tell leaves once its writes, and those before it, are durable. */
  announce(): void {
    if (this.announcements.mark > 0) this.announcements.seal(this.database.lastLsn, this.database.durableLsn);
  }

  peakMemory(usedBytes: number): number {
    this.#peakBytes = Math.max(this.#peakBytes, usedBytes);
    return this.#peakBytes;
  }
}

const NO_PEERS: PeerPort = {
  linked: () => [],
  answeringSince: () => [],
  silentLinkMs: 0,
  call: (_region, _body, called) => called({ kind: "unreachable" }),
};

/** Where nothing is on disk, everything always is saved. */
function noSaver(savedAtMs: number): Saver {
  return { save: async () => null, savedAtMs, saves: 0, isSaving: false, isFailing: false };
}
