import { ReplyError } from "../../resp/reply-error.ts";

/** The refusals of scripts and functions, in Redis' words. */
export const NO_SCRIPT = new ReplyError("NOSCRIPT", "No matching script. Please use EVAL.");
export const TOO_MANY_KEYS = new ReplyError("ERR", "Number of keys can't be greater than number of args");
export const NEGATIVE_KEYS = new ReplyError("ERR", "Number of keys can't be negative");
export const BAD_KEY_COUNT = new ReplyError("ERR", "Bad number of keys provided");
export const NOTHING_RUNS = new ReplyError("NOTBUSY", "No scripts in execution right now.");
export const SCRIPT_FLUSH_MODE = new ReplyError("ERR", "SCRIPT FLUSH only support SYNC|ASYNC option");
export const SCRIPT_DEBUG_MODE = new ReplyError("ERR", "Use SCRIPT DEBUG YES/SYNC/NO");
export const NO_DEBUGGER = new ReplyError("ERR", "the script debugger is not supported");
export const WRITES_IN_RO = new ReplyError("ERR", "Can not execute a script with write flag using *_ro command.");
export const NO_ENGINE = new ReplyError("ERR", "scripting is not available");

export const UNKNOWN_IN_SCRIPT = new ReplyError("ERR", "Unknown Redis command called from script");
export const WORDS_IN_SCRIPT = new ReplyError("ERR", "Wrong number of args calling Redis command from script");
export const NOT_IN_SCRIPT = new ReplyError("ERR", "This Redis command is not allowed from script");
export const READ_ONLY_SCRIPT = new ReplyError("ERR", "Write commands are not allowed from read-only scripts.");

export const FUNCTION_NOT_FOUND = new ReplyError("ERR", "Function not found");
export const LIBRARY_NOT_FOUND = new ReplyError("ERR", "Library not found");
export const FUNCTION_FLUSH_MODE = new ReplyError("ERR", "FUNCTION FLUSH only supports SYNC|ASYNC option");
export const RESTORE_POLICY = new ReplyError(
  "ERR",
  "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
);
export const NO_LIBRARY_NAME_WORD = new ReplyError("ERR", "library name argument was not given");
export const NO_FUNCTIONS = new ReplyError("ERR", "No functions registered");
export const BAD_LIBRARY_NAME = new ReplyError(
  "ERR",
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
);

export function scriptsDenied(reason: string): ReplyError {
  return new ReplyError("NOPERM", `ACL failure in script: ${reason}`);
}

/** Upstash's `allow-key-locking`: what a script touches is known before it runs. */
export function undeclaredKey(key: string): ReplyError {
  return new ReplyError(
    "ERR",
    oneLine(`Script attempted to access the undeclared key '${key}': with allow-key-locking every key must be in KEYS`),
  );
}

export function badShebang(text: string): ReplyError {
  return new ReplyError("ERR", oneLine(text));
}

export function tooManyScripts(limit: number, actual: number): ReplyError {
  return new ReplyError("ERR", `max number of scripts exceeded. Limit: ${limit}, Actual: ${actual}`);
}

export function scriptTooLarge(limitBytes: number, actualBytes: number): ReplyError {
  return new ReplyError("ERR", `max script size exceeded. Limit: ${limitBytes} bytes, Actual: ${actualBytes} bytes`);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/gu, " ");
}
