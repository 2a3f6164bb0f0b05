import type { DeadlineMode, DeadlineMs } from "./deadline.ts";
import type { Delta } from "./delta.ts";

/**
 * Effects: what a batch carries. Never commands: whatever was random, relative to time or dependent on state has been
 * decided at the origin. Each operation acts on what its batch's context has observed, and on nothing else.
 *
 * The numbers are the wire's: never reused. A new kind is issued only once every member announces that it knows it.
 */
export const OP = {
  stringSet: 1,
  stringAdd: 2,
  hashPut: 3,
  hashRemove: 4,
  hashAdd: 5,
  keyDelete: 6,
  keyKeep: 7,
  deadline: 8,
  flush: 9,
} as const;

/** Types a key can have. Order and numbers are the wire's. */
export const KEY_TYPES = ["string", "hash"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** Logical databases, SELECT 0–15. */
export const DATABASE_COUNT = 16;
/** In a flush: all databases. */
export const ALL_DATABASES = 255;

export type Operation =
  | StringSet
  | StringAdd
  | HashPut
  | HashRemove
  | HashAdd
  | KeyDelete
  | KeyKeep
  | DeadlinePut
  | Flush;

interface KeyOperation {
  readonly db: number;
  readonly key: string;
}

/** Replaces the observed values of the string and gives the new one its own deadline. Other types stay. */
export interface StringSet extends KeyOperation {
  readonly op: typeof OP.stringSet;
  readonly value: string;
  readonly deadlineMs: DeadlineMs;
}

export interface StringAdd extends KeyOperation {
  readonly op: typeof OP.stringAdd;
  readonly delta: Delta;
}

/** `pairs` alternates field, value; each replaces the field's observed values. */
export interface HashPut extends KeyOperation {
  readonly op: typeof OP.hashPut;
  readonly pairs: readonly string[];
}

export interface HashRemove extends KeyOperation {
  readonly op: typeof OP.hashRemove;
  readonly fields: readonly string[];
}

export interface HashAdd extends KeyOperation {
  readonly op: typeof OP.hashAdd;
  readonly field: string;
  readonly delta: Delta;
}

/** Removes everything observed of the key, of every type, with its deadlines. */
export interface KeyDelete extends KeyOperation {
  readonly op: typeof OP.keyDelete;
}

/** Removes what was observed of every type but `type`: the end of a conflict between types. */
export interface KeyKeep extends KeyOperation {
  readonly op: typeof OP.keyKeep;
  readonly type: KeyType;
}

export interface DeadlinePut extends KeyOperation {
  readonly op: typeof OP.deadline;
  readonly type: KeyType;
  readonly mode: DeadlineMode;
  readonly atMs: DeadlineMs;
}

/** KeyDelete on every key of a database, or of all. */
export interface Flush {
  readonly op: typeof OP.flush;
  readonly db: number;
}
