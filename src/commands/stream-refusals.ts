import { ReplyError } from "../resp/reply-error.ts";
import { oneLine } from "./refusals.ts";

/** Refusals of the stream commands, in Redis' words. */
export const BAD_STREAM_ID = new ReplyError("ERR", "Invalid stream ID specified as stream command argument");
export const ID_TOO_SMALL = new ReplyError(
  "ERR",
  "The ID specified in XADD is equal or smaller than the target stream top item",
);
export const ID_ZERO = new ReplyError("ERR", "The ID specified in XADD must be greater than 0-0");
export const IDS_EXHAUSTED = new ReplyError(
  "ERR",
  "The stream has exhausted the last possible ID, unable to add more items",
);
export const BAD_START_ID = new ReplyError("ERR", "invalid start ID for the interval");
export const BAD_END_ID = new ReplyError("ERR", "invalid end ID for the interval");

export const NEGATIVE_MAXLEN = new ReplyError("ERR", "The MAXLEN argument must be >= 0.");
export const NEGATIVE_LIMIT = new ReplyError("ERR", "The LIMIT argument must be >= 0.");
export const TWO_TRIM_STRATEGIES = new ReplyError(
  "ERR",
  "syntax error, MAXLEN and MINID options at the same time are not compatible",
);
export const LIMIT_WITHOUT_STRATEGY = new ReplyError(
  "ERR",
  "syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
export const LIMIT_WITHOUT_APPROXIMATION = new ReplyError(
  "ERR",
  "syntax error, LIMIT cannot be used without the special ~ option",
);
export const NO_TRIM_STRATEGY = new ReplyError("ERR", "syntax error, XTRIM must be called with a trimming strategy");

export const IDS_NOT_POSITIVE = new ReplyError("ERR", "Number of IDs must be a positive integer");
export const IDS_MISCOUNTED = new ReplyError("ERR", "The `numids` parameter must match the number of arguments");

export const ENTRIES_ADDED_NEGATIVE = new ReplyError("ERR", "entries_added must be positive");
export const SETID_BELOW_GIVEN_DELETED = new ReplyError(
  "ERR",
  "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
export const SETID_BELOW_DELETED = new ReplyError(
  "ERR",
  "The ID specified in XSETID is smaller than current max_deleted_entry_id",
);
export const SETID_BELOW_TOP = new ReplyError(
  "ERR",
  "The ID specified in XSETID is smaller than the target stream top item",
);
export const SETID_BELOW_LENGTH = new ReplyError(
  "ERR",
  "The entries_added specified in XSETID is smaller than the target stream length",
);

export const GROUP_OF_XREAD = new ReplyError(
  "ERR",
  "The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
export const NOACK_OF_XREAD = new ReplyError(
  "ERR",
  "The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);
export const NO_GROUP_OPTION = new ReplyError("ERR", "Missing GROUP option for XREADGROUP");
export const NEW_OF_XREAD = new ReplyError(
  "ERR",
  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);

/** `$` or `+` for a group, where they mean nothing. */
export function meaninglessId(word: "$" | "+"): ReplyError {
  return new ReplyError(
    "ERR",
    `The ${word} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${word} ID would just return an empty result set.`,
  );
}

export function unbalancedStreams(command: "xread" | "xreadgroup"): ReplyError {
  const symbol = command === "xread" ? "$" : ">";
  return new ReplyError(
    "ERR",
    `Unbalanced '${command}' list of streams: for each stream key an ID or '${symbol}' must be specified.`,
  );
}

export const GROUP_NEEDS_KEY = new ReplyError(
  "ERR",
  "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
);
export const GROUP_EXISTS = new ReplyError("BUSYGROUP", "Consumer Group name already exists");
export const BAD_ENTRIES_READ = new ReplyError("ERR", "value for ENTRIESREAD must be positive or -1");

export function noSuchGroupOfKey(group: string, key: string): ReplyError {
  return noGroup(`No such consumer group '${shown(group)}' for key name '${shown(key)}'`);
}

export function noSuchKeyOrGroup(key: string, group: string): ReplyError {
  return noGroup(`No such key '${shown(key)}' or consumer group '${shown(group)}'`);
}

export function noSuchKeyOrGroupToRead(key: string, group: string): ReplyError {
  return noGroup(`No such key '${shown(key)}' or consumer group '${shown(group)}' in XREADGROUP with GROUP option`);
}

function noGroup(text: string): ReplyError {
  return new ReplyError("NOGROUP", oneLine(text));
}

/** Redis prints these names up to their first zero byte. */
function shown(name: string): string {
  const end = name.indexOf("\0");
  return end < 0 ? name : name.slice(0, end);
}

export const COUNT_NOT_POSITIVE = new ReplyError("ERR", "COUNT must be > 0");

export function badMinIdle(command: "XCLAIM" | "XAUTOCLAIM"): ReplyError {
  return new ReplyError("ERR", `Invalid min-idle-time argument for ${command}`);
}

export function badClaimOption(option: "IDLE" | "TIME" | "RETRYCOUNT"): ReplyError {
  return new ReplyError("ERR", `Invalid ${option} option argument for XCLAIM`);
}

export function unknownClaimOption(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unrecognized XCLAIM option '${word}'`));
}
