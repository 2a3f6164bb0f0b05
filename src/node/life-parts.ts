import type { BinaryString } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { Keyspace, KeyspaceLimits } from "../keyspace/keyspace.ts";
import type { ClockComparison } from "../replication/clock-comparison.ts";
import type { Published } from "../replication/published.ts";
import type { HeldDirectory } from "../storage/directory.ts";
import type { Chores } from "./chores.ts";
import type { NodeOptions } from "./node-options.ts";

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
  /** A peer asks for something to be run here. */
  called(from: string, body: BinaryString, answer: (body: BinaryString) => void): void;
  batchArrived(region: string, stamp: number): void;
  /** A delete that wins, made in another region, holds here from now on. */
  revocationArrived(region: string, stamp: number): void;
  clockCompared(region: string, comparison: ClockComparison): void;
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
