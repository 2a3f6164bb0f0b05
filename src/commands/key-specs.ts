/**
 * Where a command's keys stand in its argument vector (the name is 0), and what is done to each: Redis 7's key specifications,
 * as COMMAND INFO answers them. Rights, COMMAND GETKEYS and cluster libraries work from them alone.
 *
 *     GET              { first: 1, last: 1, step: 1 }
 *     RENAME           [{ first: 1, …, flags: ["RW", "access", "delete"] }, { first: 2, …, flags: ["OW", "update"] }]
 *     ZUNIONSTORE      [{ first: 1, last: 1, step: 1, flags: ["OW", "update"] }, { countAt: 2, flags: ["RO", "access"] }]
 *     XREAD            { word: "STREAMS", from: 1, last: -1, step: 1, limit: 2 }
 *     SORT … STORE     [{ first: 1, … }, { unknown: true, flags: ["OW", "update"] }], with a `findKeys` beside it
 */
export type KeySpec = KeyRange | CountedKeys | KeysAfterWord | UnknownKeys;

/**
 * The first of them says what happens to the key as a whole (read, read and written, overwritten, removed), the next what
 * happens to its data: rights follow from those (`access` reads; `update`, `insert`, `delete` write).
 */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  /** Looks like a key and is none (a channel of sharded pub/sub). */
  | "not_key"
  /** More keys may come than the specification finds. */
  | "incomplete"
  /** What is done depends on the other arguments: `findKeys` knows. */
  | "variable_flags";

interface Flagged {
  /** Without any: read for a command flagged `readonly`, read and updated for others. */
  readonly flags?: readonly KeyFlag[];
}

/** From `first` to `last` (from the end when negative), every `step`-th word. */
export interface KeyRange extends Flagged {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The word at `countAt` says how many keys follow it. */
export interface CountedKeys extends Flagged {
  readonly countAt: number;
}

/** After a word that is looked for from `from` on (backwards from the end when negative); one `limit`-th of what follows. */
export interface KeysAfterWord extends Flagged {
  readonly word: string;
  readonly from: number;
  /** How many words after the first key the last one stands; -1: to the end. */
  readonly last: number;
  readonly step: number;
  readonly limit?: number;
}

/** Only `findKeys` can tell. */
export interface UnknownKeys extends Flagged {
  readonly unknown: true;
}

/** One key of one call. */
export interface KeyUse {
  /** Its place in the argument vector. */
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** Channels among the arguments, for rights: `first` to `last`. UNSUBSCRIBE and its kin declare none. */
export interface ChannelSpec {
  readonly first: number;
  readonly last: number;
  /** The words are patterns: a right must name that very pattern. */
  readonly pattern?: boolean;
}
