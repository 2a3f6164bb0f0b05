import { ReplyError } from "../resp/reply-error.ts";

/** Refusals of sets, sorted sets and geo, in Redis' words. */
export const NOT_POSITIVE = new ReplyError("ERR", "value is out of range, must be positive");
export const NUMKEYS_NOT_POSITIVE = new ReplyError("ERR", "numkeys should be greater than 0");
export const KEYS_OUTNUMBER_ARGUMENTS = new ReplyError("ERR", "Number of keys can't be greater than number of args");
export const NEGATIVE_LIMIT = new ReplyError("ERR", "LIMIT can't be negative");

// --- fields of hashes that expire ------------------------------------------------------------------------------------

export const FIELDS_MISSING = new ReplyError(
  "ERR",
  "Mandatory argument FIELDS is missing or not at the right position",
);
export const FIELD_COUNT_TOO_SMALL = new ReplyError("ERR", "Parameter `numFields` should be greater than 0");
export const FIELD_COUNT_NOT_POSITIVE = new ReplyError("ERR", "Number of fields must be a positive integer");
export const FIELD_COUNT_MISMATCH = new ReplyError(
  "ERR",
  "The `numfields` parameter must match the number of arguments",
);
export const NEGATIVE_FIELD_EXPIRY = new ReplyError("ERR", "invalid expire time, must be >= 0");
