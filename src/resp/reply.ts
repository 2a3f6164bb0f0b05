import type { BinaryString } from "../base/bytes.ts";
import type { ReplyError } from "./reply-error.ts";

/**
 * What a command answers, before any protocol: RESP2, RESP3 and REST encoders each turn it into their own bytes.
 * Plain JavaScript where RESP has a plain shape (a binary string is a bulk string, a number or bigint an integer,
 * null the null bulk string, an array an array), tagged objects for the rest.
 */
export type Reply =
  | null
  | number
  | bigint
  | BinaryString
  | readonly Reply[]
  | Status
  | ReplyError
  | MapReply
  | SetReply
  | DoubleReply
  | BooleanReply
  | BigNumberReply
  | VerbatimReply
  | NullArrayReply
  | PushReply
  | SeriesReply;

/** Simple string: `+OK`. */
export class Status {
  /** Tells it from other replies that have a text. */
  readonly kind = "status";
  readonly text: string;
  /** As it goes out: nearly all are a few that are sent again and again. */
  readonly encoded: string;
  constructor(text: string) {
    this.text = text;
    this.encoded = `+${text}\r\n`;
  }
}

/** RESP3 map; in RESP2 a flat array of alternating keys and values. */
export class MapReply {
  readonly pairs: readonly (readonly [Reply, Reply])[];
  constructor(pairs: readonly (readonly [Reply, Reply])[]) {
    this.pairs = pairs;
  }
}

/** RESP3 set; in RESP2 an array. */
export class SetReply {
  readonly members: readonly Reply[];
  constructor(members: readonly Reply[]) {
    this.members = members;
  }
}

/** RESP3 double; in RESP2 a bulk string. In Redis' shortest form (`1.5`, `inf`) unless `text` says otherwise. */
export class DoubleReply {
  readonly value: number;
  readonly text: string | undefined;
  constructor(value: number, text?: string) {
    this.value = value;
    this.text = text;
  }
}

/** RESP3 boolean; in RESP2 the integers 1 and 0. */
export class BooleanReply {
  readonly value: boolean;
  constructor(value: boolean) {
    this.value = value;
  }
}

/** RESP3 big number; in RESP2 a bulk string of its digits. */
export class BigNumberReply {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

/** RESP3 verbatim string; in RESP2 a bulk string. `format` is three characters, `txt` or `mkd`. */
export class VerbatimReply {
  readonly format: string;
  readonly text: BinaryString;
  constructor(format: string, text: BinaryString) {
    this.format = format;
    this.text = text;
  }
}

/** The null *array* of RESP2 (`*-1`), as EXEC answers when a watched key changed; in RESP3 plain null. */
export class NullArrayReply {
  readonly kind = "null-array";
}

/** RESP3 out-of-band data; in RESP2 an array. */
export class PushReply {
  readonly items: readonly Reply[];
  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/**
 * Several replies to one command, one after the other and without anything around them: SUBSCRIBE confirms each channel by
 * itself. Inside EXEC's array they stand where one reply should, as in Redis.
 */
export class SeriesReply {
  readonly replies: readonly PushReply[];
  constructor(replies: readonly PushReply[]) {
    this.replies = replies;
  }
}

export const OK = new Status("OK");
export const QUEUED = new Status("QUEUED");
export const PONG = new Status("PONG");
export const NULL_ARRAY = new NullArrayReply();
