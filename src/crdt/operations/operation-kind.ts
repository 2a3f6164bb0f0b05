/**
 * Kinds of operations, types of keys, databases: the numbers of the wire and of the disk. Never reused. A new kind is issued
 * only once every member announces that it knows it.
 *
 * Numbers below 128 (the highest bit is a flag of the codec): 1–9 strings, hashes and keys · 10–14 sets · 15–19 sorted sets ·
 * 20–29 lists · 30–49 streams · 50–59 documents · 60–69 sketches and bitmaps · 70–79 classes and revocation · 80–99 bounded
 * counters and pinned keys · 100–109 what the database says of itself.
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
  setAdd: 10,
  setRemove: 11,
  sketchRaise: 60,
  hashDeadline: 69,
  listPut: 20,
  listRemove: 21,
  keyEnd: 70,
  flushEnd: 71,
  keyOwn: 72,
  userRevoke: 73,
  documentChange: 50,
  limitPut: 80,
  limitAdd: 81,
  limitRemove: 82,
  streamAdd: 30,
  streamRemove: 31,
  streamTrim: 32,
  streamMark: 33,
  streamGroupCreate: 34,
  streamGroupSet: 35,
  streamGroupDestroy: 36,
  streamConsumerPut: 37,
  streamConsumerRemove: 38,
  streamDeliver: 39,
  streamAck: 40,
  sortedSetPut: 15,
  sortedSetRemove: 16,
  sortedSetAdd: 17,
  originsRetire: 100,
} as const;
export type OperationKind = (typeof OP)[keyof typeof OP];

/** Types a key can have, each with its number on the wire and in rows. */
export const KEY_TYPE_CODES = {
  string: 0,
  hash: 1,
  set: 2,
  zset: 3,
  list: 4,
  stream: 5,
  // HyperLogLogs.
  sketch: 6,
  "ReJSON-RL": 7,
  // Bounded counters and rate limits.
  limit: 8,
} as const;
export type KeyType = keyof typeof KEY_TYPE_CODES;

const TYPES_BY_CODE = new Map<number, KeyType>(
  Object.entries(KEY_TYPE_CODES).map(([type, code]) => [code, type as KeyType]),
);

/** Undefined when this version knows no such type. */
export function keyTypeOfCode(code: number): KeyType | undefined {
  return TYPES_BY_CODE.get(code);
}

/** Logical databases that clients see, SELECT 0–15. */
export const DATABASE_COUNT = 16;
/**
 * The database behind them: members, users, scripts, functions, key classes. Its keys are keys like any other and replicate
 * like them, but no SELECT reaches it and no FLUSHALL empties it.
 */
export const SYSTEM_DATABASE = 16;
/** Databases there are in all. */
export const STORED_DATABASES = SYSTEM_DATABASE + 1;
/** In a flush: all databases that clients see. */
export const ALL_DATABASES = 255;

export interface KeyOperation {
  readonly db: number;
  readonly key: string;
}
