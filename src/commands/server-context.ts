import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Timers } from "../base/timers.ts";
import type { Random } from "../base/random.ts";
import type { Database } from "../keyspace/database-port.ts";
import type { ReplyError } from "../resp/reply-error.ts";
import type { Relay } from "./messages/announcements.ts";
import type { PeerPort } from "./pinned/homes.ts";
import type { ScriptEngine } from "./scripting-port.ts";

/** The database as dispatch serves it: what commands do, and when replies may leave. */
export interface ServedDatabase extends Database {
  /** Called after each group commit. Returns how to stop. */
  onDurable(listener: () => void): () => void;
}

/** Why a write may not happen now (a full disk, memory that cannot be freed …); null when it may. */
export interface WriteGate {
  /** `growsMemory`: the command may make the database larger (Redis' `denyoom`). Deletes are asked with false. */
  refusal(growsMemory: boolean): ReplyError | null;
}

/** Whether the region serves yet: commands that are not flagged `loading` are refused until it answers null. */
export interface ReadinessGate {
  refusal(): ReplyError | null;
}

/** Writes checkpoints when asked to (SAVE, BGSAVE), besides those that come by themselves. */
export interface Saver {
  /** Writes what is dirty; resolves once it is on disk, to null or to why it could not be. Never rejects. */
  save(): Promise<ReplyError | null>;
  /** When the last checkpoint was written, wall clock. */
  readonly savedAtMs: number;
  /** Checkpoints since the start. */
  readonly saves: number;
  readonly isSaving: boolean;
  readonly isFailing: boolean;
}

/** What INFO says of the process and the region; asked when INFO is. */
export interface NodeFacts {
  readonly region: string;
  readonly processId: number;
  readonly tcpPort: number;
  readonly executable: string;
  readonly configFile: string;
  readonly residentBytes: number;
  readonly totalSystemBytes: number;
  readonly cpuSystemSeconds: number;
  readonly cpuUserSeconds: number;
  readonly peersConnected: number;
  /** By the Redis protocol's door, since the start. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** More lines for INFO's `# Antipode` section. */
  readonly extra: readonly (readonly [name: string, value: string | number])[];
}

/** What dispatch reports of each command: for metrics. `failed`: the reply was an error. */
export type CommandListener = (fullName: string, micros: number, failed: boolean) => void;

/** All that the command room needs of the node around it. */
export interface ServerParts {
  readonly database: ServedDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The program's own version, `0.1.0`. */
  readonly version: string;
  readonly writeGate?: WriteGate;
  readonly readiness?: ReadinessGate;
  readonly facts: () => NodeFacts;
  /** Runs Lua. Without one, scripts and functions are refused. */
  readonly scripting?: ScriptEngine;
  readonly onCommand?: CommandListener;
  readonly saver?: Saver;
  /** The digest of the state as it is now (DEBUG DIGEST). */
  readonly digest?: () => string;
  /** Takes what is published here to the other regions (row K7). */
  readonly relay?: Relay;
  /** The other regions, for keys that are at home there. Without it there is nobody. */
  readonly peers?: PeerPort;
}
