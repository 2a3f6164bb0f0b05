import { ReplyError } from "../resp/reply-error.ts";

/** Refusals of lists, sets, sorted sets and geo, in Redis' words. */
export const NOT_POSITIVE = new ReplyError("ERR", "value is out of range, must be positive");
export const NUMKEYS_NOT_POSITIVE = new ReplyError("ERR", "numkeys should be greater than 0");
export const KEYS_OUTNUMBER_ARGUMENTS = new ReplyError("ERR", "Number of keys can't be greater than number of args");
export const NEGATIVE_LIMIT = new ReplyError("ERR", "LIMIT can't be negative");

// --- lists -------------------------------------------------------------------------------------------------------------

export const COUNT_NOT_POSITIVE = new ReplyError("ERR", "count should be greater than 0");
export const INDEX_OUT_OF_RANGE = new ReplyError("ERR", "index out of range");
export const LPOS_RANK = new ReplyError(
  "ERR",
  "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
export const LPOS_COUNT = new ReplyError("ERR", "COUNT can't be negative");
export const LPOS_MAXLEN = new ReplyError("ERR", "MAXLEN can't be negative");

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
