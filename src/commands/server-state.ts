import type { BinaryString } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { AccessControl } from "./acl/access-control.ts";
import type { AclLog } from "./acl/acl-log.ts";
import type { ClientPause } from "./client-pause.ts";
import type { ClientRegistry } from "./client-registry.ts";
import type { ClientSession } from "./client-session.ts";
import type { CommandStatistics } from "./command-statistics.ts";
import type { ConfigStore } from "./config-store.ts";
import type { CommandInfo } from "./command-meta.ts";
import type { LatencyMonitor } from "./latency-monitor.ts";
import type { Announcements } from "./messages/announcements.ts";
import type { ChannelTable } from "./messages/channel-table.ts";
import type { KeyspaceEvents } from "./messages/keyspace-events.ts";
import type { Monitors } from "./messages/monitors.ts";
import type { Homes } from "./pinned/homes.ts";
import type { NodeFacts, Saver, ServedDatabase } from "./server-context.ts";
import type { Timers } from "../base/timers.ts";
import type { Scripts } from "./scripts/scripts.ts";
import type { Settled } from "./session-reply.ts";
import type { Tracking } from "./tracking/tracking-state.ts";
import type { TrackingTable } from "./tracking/tracking-table.ts";
import type { SlowLog } from "./slow-log.ts";

/** What a node's commands share: everything but the data. */
export interface ServerState {
  /** Replaced when the region recovers from a failed log. */
  readonly database: ServedDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly version: string;
  readonly startedMs: number;
  readonly facts: () => NodeFacts;
  readonly access: AccessControl;
  readonly aclLog: AclLog;
  readonly config: ConfigStore;
  readonly clients: ClientRegistry;
  readonly pause: ClientPause;
  readonly channels: ChannelTable;
  readonly announcements: Announcements;
  readonly events: KeyspaceEvents;
  readonly monitors: Monitors;
  readonly tracking: TrackingTable;
  /** CLIENT TRACKING of a client; null: off. */
  track(session: ClientSession, tracking: Tracking | null): void;
  readonly slowLog: SlowLog;
  readonly statistics: CommandStatistics;
  readonly latency: LatencyMonitor;
  readonly saver: Saver;
  readonly digest: () => string;
  /** The most memory seen so far, of this and of earlier questions. */
  peakMemory(usedBytes: number): number;
  readonly scripts: Scripts;
  /** Which region is whose home. */
  readonly homes: Homes;
  /** Every command, by lower-case name. */
  readonly commands: ReadonlyMap<string, CommandInfo>;
  /** Clients whose command waits. */
  readonly blockedClients: number;
  /** Nothing reaches the client any more but replies. */
  forget(session: ClientSession): void;
  /** EXEC: runs what was queued as one transaction; the reply is the array. */
  runQueued(session: ClientSession, queued: readonly (readonly BinaryString[])[]): Settled;
}
