import { ReplyError } from "../../resp/reply-error.ts";

/** RedisJSON's refusals. Those of its JSON reader and path compiler have no code of their own: their first word stands there. */
export const NO_DOCUMENT = new ReplyError("ERR", "could not perform this operation on a key that doesn't exist");
export const NEW_AT_ROOT = new ReplyError("ERR", "new objects must be created at the root");
export const NOT_STATIC = new ReplyError("Err", "wrong static path");
export const NO_KEY_AT_END = new ReplyError("Err", "path must end with object key to set");
export const INDEX_OUT_OF_RANGE = new ReplyError("ERR", "array index out of range");
export const INDEX_OUT_OF_BOUNDS = new ReplyError("ERR", "index out of bounds");
export const BAD_NUMBER = new ReplyError("bad", "input number");
export const NOT_A_NUMBER = new ReplyError("ERR", "result is not a number");
export const NO_FORMAT_ON_RESP2 = new ReplyError("ERR", "FORMAT argument is not supported on RESP2");
export const WRONG_FORMAT = new ReplyError("ERR", "wrong format");
export const WRONG_REPLY_FORMAT = new ReplyError("ERR", "wrong reply format");
export const UNKNOWN_DEBUG = new ReplyError("ERR", "unknown subcommand - try `JSON.DEBUG HELP`");
export const NOT_AN_INTEGER = new ReplyError("Couldn't", "parse as integer");
export const NOT_UTF8 = new ReplyError("ERR", "Couldn't parse as UTF-8 string");
export const TOO_DEEP = new ReplyError("ERR", "recursion limit exceeded");

/** Characters a path may have, and values that finding its matches may look at. */
export const PATH_LENGTH_MAX = 4096;
export const PATH_VISITS_MAX = 1_000_000;

export const PATH_TOO_LONG = new ReplyError("ERR", `max path size exceeded. Limit: ${PATH_LENGTH_MAX} characters`);
export const PATH_VISITS_TOO_MANY = new ReplyError(
  "ERR",
  `max values visited by a path exceeded. Limit: ${PATH_VISITS_MAX}`,
);

/** What INDENT, NEWLINE and SPACE may each be: it is repeated for every value. */
export const LAYOUT_BYTES_MAX = 32;
export const LAYOUT_TOO_LONG = new ReplyError("ERR", `max layout size exceeded. Limit: ${LAYOUT_BYTES_MAX} bytes`);

/** The text of a document as a command gives it. */
export const JSON_BYTES_MAX = 16 * 1024 * 1024;
/** Values one command may write: each is an operation, and the thread is held meanwhile (about a second). */
export const JSON_VALUES_MAX = 250_000;

export const JSON_VALUES_TOO_MANY = new ReplyError("ERR", `max JSON values exceeded. Limit: ${JSON_VALUES_MAX} values`);

export function jsonTooLarge(actualBytes: number): ReplyError {
  return new ReplyError("ERR", `max JSON size exceeded. Limit: ${JSON_BYTES_MAX} bytes, Actual: ${actualBytes} bytes`);
}

export function noSuchPath(path: string): ReplyError {
  return new ReplyError("ERR", `Path '${shown(path)}' does not exist`);
}

export function noSuchPathOr(path: string, or: string): ReplyError {
  return new ReplyError("ERR", `Path '${shown(path)}' does not exist or ${or}`);
}

export function wrongType(expected: string, found: string): ReplyError {
  return new ReplyError("WRONGTYPE", `wrong type of path value - expected ${expected} but found ${found}`);
}

/** What the reader of JSON says, and where it stopped. */
export function badJson(what: string, line: number, column: number): ReplyError {
  const text = `${what} at line ${line} column ${column}`;
  const space = text.indexOf(" ");
  return new ReplyError(text.slice(0, space), text.slice(space + 1));
}

/** A path that makes no sense, and from where on. */
export function badPath(path: string, position: number): ReplyError {
  const where =
    position === path.length
      ? `"${shown(path)} <<<<----"`
      : `"${shown(path.slice(0, position))} ---->>>> ${shown(path.slice(position))}"`;
  return new ReplyError("Error", `occurred on position ${position}, ${where}, expected a path element.`);
}

const SHOWN_MAX = 256;

/** Within one line, and as bytes. */
function shown(path: string): string {
  return Buffer.from(path.slice(0, SHOWN_MAX).replace(/[\r\n]/gu, " "), "utf8").latin1Slice();
}
