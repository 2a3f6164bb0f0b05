import { ReplyError } from "../../resp/reply-error.ts";

/** Refusals of ACL, in Redis' words. */
export const NO_ACL_FILE = new ReplyError(
  "ERR",
  "This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",
);
export const BAD_USER_NAME = new ReplyError("ERR", "Usernames can't contain spaces or null characters");
export const DEFAULT_USER_STAYS = new ReplyError("ERR", "The 'default' user cannot be removed");
export const GENPASS_BITS = new ReplyError(
  "ERR",
  "ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
);

const SHOWN_MAX = 128;

/** An error reply is one line. */
function shown(text: string): string {
  return text.slice(0, SHOWN_MAX).replaceAll(/[\r\n]/gu, " ");
}

export function badModifier(rule: string, reason: string): ReplyError {
  return new ReplyError("ERR", `Error in ACL SETUSER modifier '${shown(rule)}': ${reason}`);
}

export function unmatchedParenthesis(rule: string): ReplyError {
  return new ReplyError("ERR", `Unmatched parenthesis in acl selector starting at '${shown(rule)}'.`);
}

export function unknownCategory(name: string): ReplyError {
  return new ReplyError("ERR", `Unknown category '${shown(name)}'`);
}

export function userNotFound(name: string): ReplyError {
  return new ReplyError("ERR", `User '${shown(name)}' not found`);
}

export function commandNotFound(name: string): ReplyError {
  return new ReplyError("ERR", `Command '${shown(name)}' not found`);
}

/** Upstash's words. */
/** Every password is right for such a user: a token would be there for whoever may ask, the read-only token included. */
export const TOKEN_WITHOUT_PASSWORD = new ReplyError("ERR", "a user without a password has no REST tokens");

export function wrongTokenCredentials(name: string): ReplyError {
  return new ReplyError("ERR", `Wrong password or user "${shown(name)}" does not exist`);
}
