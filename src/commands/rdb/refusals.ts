import { ReplyError } from "../../resp/reply-error.ts";

/** Refusals of DUMP, RESTORE and SORT. */
export const BUSY_KEY = new ReplyError("BUSYKEY", "Target key name already exists.");
export const BAD_PAYLOAD = new ReplyError("ERR", "DUMP payload version or checksum are wrong");
export const BAD_DATA_FORMAT = new ReplyError("ERR", "Bad data format");
export const BAD_TTL = new ReplyError("ERR", "Invalid TTL value, must be >= 0");
export const BAD_IDLE_TIME = new ReplyError("ERR", "Invalid IDLETIME value, must be >= 0");
export const BAD_FREQUENCY = new ReplyError("ERR", "Invalid FREQ value, must be >= 0 and <= 255");
export const NOT_SORTABLE = new ReplyError("ERR", "One or more scores can't be converted into double");
