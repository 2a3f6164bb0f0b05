import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { passing } from "../base/crash-points.ts";
import type { Logger } from "../base/logger.ts";
import { randomHex, type Random } from "../base/random.ts";
import { originId } from "../crdt/origin.ts";
import { Housekeeping } from "../keyspace/housekeeping.ts";
import type { Keyspace, KeyspaceLimits } from "../keyspace/keyspace.ts";
import { KeyspaceReplica } from "../keyspace/keyspace-replica.ts";
import { LimitSteward } from "../keyspace/limit-steward.ts";
import { openKeyspace, SegmentMarks } from "../keyspace/open-keyspace.ts";
import type { DurabilityMode } from "../storage/log-port.ts";
import { DIRECTORY_FORMAT, DirectoryError, type HeldDirectory } from "../storage/directory.ts";
import type { DiskLog } from "../storage/log/disk-log.ts";
import { openLog } from "../storage/log/open-log.ts";
import { LmdbRows } from "../storage/rows/lmdb-rows.ts";
import { ROWS_THREAD } from "../storage/rows/rows-thread.ts";
import { removeRows, replaceRows } from "../storage/rows/rows-file.ts";

export interface EngineOptions {
  readonly directory: HeldDirectory;
  readonly region: string;
  readonly members: readonly string[];
  readonly durability: DurabilityMode;
  readonly segmentBytes: number;
  readonly limits: KeyspaceLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Fault injection, see DiskLogOptions. */
  readonly beforeWrite: (bytes: number) => Error | null;
}

/** Bytes of recent log kept in memory for peers that are nearly caught up. */
const RECENT_LOG_BYTES = 16 * 1024 * 1024;

/**
 * One incarnation of a region's database: log, rows and keyspace, opened together and dropped together. After a failed write
 * memory is worth nothing; the next incarnation is opened from what the disk proves.
 */
export class Engine {
  readonly keyspace: Keyspace;
  readonly replica: KeyspaceReplica;
  readonly housekeeping: Housekeeping;
  readonly limits: LimitSteward;
  readonly log: DiskLog;
  readonly rows: LmdbRows;
  /** The directory held nothing when this engine was opened. */
  readonly wasEmpty: boolean;

  private constructor(directory: string, log: DiskLog, rows: LmdbRows, keyspace: Keyspace, wasEmpty: boolean) {
    this.log = log;
    this.rows = rows;
    this.keyspace = keyspace;
    this.replica = new KeyspaceReplica(keyspace, () => openStage(directory));
    this.housekeeping = new Housekeeping(keyspace);
    this.limits = new LimitSteward(keyspace);
    this.wasEmpty = wasEmpty;
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const { directory, region, clock, random, logger } = options;
    const known = directory.identity;
    if (known !== null && known.region !== region) {
      throw new DirectoryError(`data directory ${directory.path} belongs to region "${known.region}", not "${region}"`);
    }
    const starts = (known?.starts ?? 0) + 1;
    // Durable before the first dot is issued: a start is never forgotten, and chance tells copies of a directory apart.
    directory.writeIdentity({ format: DIRECTORY_FORMAT, region, starts });
    removeRows(join(directory.path, STAGE_FILE));
    const marks = new SegmentMarks();
    const log = openLog(
      {
        directory: join(directory.path, "log"),
        mode: options.durability,
        segmentBytes: options.segmentBytes,
        recentBytesMax: RECENT_LOG_BYTES,
        mark: marks.mark,
        clock,
        beforeWrite: options.beforeWrite,
      },
      logger,
    );
    passing("log-opened");
    const rows = LmdbRows.open(join(directory.path, ROWS_FILE), ROWS_THREAD);
    try {
      const wasEmpty = log.lastLsn === 0 && rows.head() === null;
      const keyspace = await openKeyspace({
        region,
        incarnation: originId(region, starts, randomHex(4)),
        members: options.members,
        log,
        rows,
        clock,
        random,
        limits: options.limits,
      });
      marks.attach(keyspace);
      passing("engine-opened");
      return new Engine(directory.path, log, rows, keyspace, wasEmpty);
    } catch (error) {
      await log.close();
      await rows.close();
      throw error;
    }
  }

  /**
   * Closes. `flushed`: writes what is dirty first; `logged`: what was appended becomes durable, the rows may be late; `failed`: the
   * log failed, nothing is written any more. Throws when the checkpoint cannot be written; the log has all of it, and is closed.
   */
  async close(how: "flushed" | "logged" | "failed"): Promise<void> {
    if (how === "failed") this.housekeeping.checkpoints.logFailed();
    try {
      if (how === "flushed") await this.housekeeping.flush();
      else await this.housekeeping.checkpoints.settled();
    } finally {
      passing("stop-flushed");
      await this.log.close();
      await this.rows.close();
    }
  }
}

const ROWS_FILE = "rows.mdb";
/** Rows of a peer's snapshot while they come in. One that is found at a start was never whole, or comes again. */
const STAGE_FILE = "incoming.mdb";

function openStage(directory: string): LmdbRows {
  removeRows(join(directory, STAGE_FILE));
  return LmdbRows.open(join(directory, STAGE_FILE), ROWS_THREAD);
}

/** A whole snapshot takes the place of the rows: all at once, and for good when this returns. Both stores are closed. */
export function installStage(directory: string): void {
  replaceRows(join(directory, STAGE_FILE), join(directory, ROWS_FILE));
}
