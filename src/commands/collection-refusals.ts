import { ReplyError } from "../resp/reply-error.ts";

/** Refusals of lists, sets, sorted sets and geo, in Redis' words. */
export const NOT_POSITIVE = new ReplyError("ERR", "value is out of range, must be positive");
export const NUMKEYS_NOT_POSITIVE = new ReplyError("ERR", "numkeys should be greater than 0");
export const KEYS_OUTNUMBER_ARGUMENTS = new ReplyError("ERR", "Number of keys can't be greater than number of args");
export const NEGATIVE_LIMIT = new ReplyError("ERR", "LIMIT can't be negative");
export const COUNT_NOT_POSITIVE = new ReplyError("ERR", "count should be greater than 0");

// --- lists -------------------------------------------------------------------------------------------------------------

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

// --- sorted sets -----------------------------------------------------------------------------------------------------

export const XX_WITH_NX = new ReplyError("ERR", "XX and NX options at the same time are not compatible");
export const GT_LT_OR_NX = new ReplyError("ERR", "GT, LT, and/or NX options at the same time are not compatible");
export const INCR_ONE_PAIR = new ReplyError("ERR", "INCR option supports a single increment-element pair");
export const SCORE_NOT_A_NUMBER = new ReplyError("ERR", "resulting score is not a number (NaN)");
export const BOUND_NOT_A_FLOAT = new ReplyError("ERR", "min or max is not a float");
export const BOUND_NOT_A_STRING = new ReplyError("ERR", "min or max not valid string range item");
export const LIMIT_BY_RANK = new ReplyError(
  "ERR",
  "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
export const WITHSCORES_BY_LEX = new ReplyError(
  "ERR",
  "syntax error, WITHSCORES not supported in combination with BYLEX",
);
export const WEIGHT_NOT_A_FLOAT = new ReplyError("ERR", "weight value is not a float");

export function needsAnInputKey(fullName: string): ReplyError {
  return new ReplyError("ERR", `at least 1 input key is needed for '${fullName}' command`);
}

// --- geo -------------------------------------------------------------------------------------------------------------

export const UNKNOWN_UNIT = new ReplyError("ERR", "unsupported unit provided. please use M, KM, FT, MI");
export const NO_RADIUS = new ReplyError("ERR", "need numeric radius");
export const NO_WIDTH = new ReplyError("ERR", "need numeric width");
export const NO_HEIGHT = new ReplyError("ERR", "need numeric height");
export const NEGATIVE_RADIUS = new ReplyError("ERR", "radius cannot be negative");
export const NEGATIVE_BOX = new ReplyError("ERR", "height or width cannot be negative");
export const NO_SUCH_PLACE = new ReplyError("ERR", "could not decode requested zset member");
export const COUNT_TOO_SMALL = new ReplyError("ERR", "COUNT must be > 0");
export const ANY_NEEDS_COUNT = new ReplyError("ERR", "the ANY argument requires COUNT argument");
export const STORE_WITH_DETAILS = {
  geosearchstore: storeWithDetails("GEOSEARCHSTORE"),
  georadius: storeWithDetails("STORE option in GEORADIUS"),
} as const;

function storeWithDetails(what: string): ReplyError {
  return new ReplyError("ERR", `${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
}

export function invalidPlace(longitude: number, latitude: number): ReplyError {
  return new ReplyError("ERR", `invalid longitude,latitude pair ${longitude.toFixed(6)},${latitude.toFixed(6)}`);
}

export function oneOf(what: string, name: string): ReplyError {
  return new ReplyError("ERR", `exactly one of ${what} for ${name}`);
}
