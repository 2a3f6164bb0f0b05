import { ReplyError } from "../resp/reply-error.ts";

/** Refusals of sets, sorted sets and geo, in Redis' words. */
export const NOT_POSITIVE = new ReplyError("ERR", "value is out of range, must be positive");
export const NUMKEYS_NOT_POSITIVE = new ReplyError("ERR", "numkeys should be greater than 0");
export const KEYS_OUTNUMBER_ARGUMENTS = new ReplyError("ERR", "Number of keys can't be greater than number of args");
export const NEGATIVE_LIMIT = new ReplyError("ERR", "LIMIT can't be negative");
