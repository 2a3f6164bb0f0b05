import { ReplyError } from "../../resp/reply-error.ts";
import { oneLine } from "../refusals.ts";

/** Refusals of commands on pinned keys: where they run, and why not now. */
export const TWO_HOMES = new ReplyError("CROSSHOME", "keys of one command must all have the same home, or none");
export const NOT_PINNED = new ReplyError("ERR", "the key is not pinned: its name needs a tag like {home:eu-west}");
export const NOT_HOME = new ReplyError("NOTHOME", "the home of this key has just moved away from here");
export const HOME_UNREACHABLE = new ReplyError("HOMEDOWN", "the home region of this key cannot be reached");
export const BLOCKS_AT_HOME = new ReplyError(
  "ERR",
  "a blocking command on a pinned key waits in its home region alone: ask there",
);
export const WATCHED_AT_HOME = new ReplyError("ERR", "a pinned key is watched in its home region alone: ask there");
export const PINNED_ELSEWHERE = new ReplyError(
  "ERR",
  "a script touches a pinned key of another region: declare it as a key of the call",
);
export const BAD_FORWARDED = new ReplyError("ERR", "what another region asked for could not be read");
export const UNKNOWN_FORWARDER = new ReplyError("NOPERM", "the home region does not know the user");
export const HOME_MOVES_ENDED = new ReplyError("ERR", "the home was moved too often");
export const UNPINNED_LOCK = new ReplyError(
  "ERR",
  "SET NX with a deadline on a key that is not pinned locks in this region alone: use a tag like {home:eu-west}, or CONFIG SET unpinned-locks allow",
);

export function noSuchHome(home: string): ReplyError {
  return new ReplyError(
    "ERR",
    oneLine(`no region is called '${home}', and no home either: ANTIPODE MOVEHOME makes one`),
  );
}

export function homeLeft(region: string): ReplyError {
  return new ReplyError("HOMEDOWN", `the home region ${region} has left: ANTIPODE MOVEHOME gives the home to another`);
}

export function homeAlone(reached: number, members: number): ReplyError {
  return new ReplyError(
    "HOMEDOWN",
    `the home region reaches ${reached} of ${members} members: it serves with a majority alone`,
  );
}

export function homeLease(leftMs: number): ReplyError {
  return new ReplyError("TRYAGAIN", `the old home may believe itself to be it for another ${leftMs} ms`);
}

export function homeUnknown(): ReplyError {
  return new ReplyError(
    "UNKNOWN",
    "the home region did not answer: the outcome of this command is unknown, read before you retry",
  );
}

/** It ran at home, and is told only after others may have taken the home over, without it. */
export const HOME_LOST = new ReplyError(
  "UNKNOWN",
  "the region could not tell any more that it is the home: the outcome of this command is unknown, read before you retry",
);

export function runThere(home: string, region: string): ReplyError {
  return new ReplyError("ERR", oneLine(`home '${home}' is moved by region ${region}: ask there`));
}

export function tooLargeForHome(bytesMax: number): ReplyError {
  return new ReplyError("ERR", `a command on a pinned key of another region may have ${bytesMax} bytes`);
}
