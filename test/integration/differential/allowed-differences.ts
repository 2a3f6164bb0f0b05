import type { RespValue } from "./resp-values.ts";

/**
 * Where our reply may differ from that of the Redis at hand, and why. `accepts` answers whether this difference is of that kind;
 * everything else is a failure.
 */
export interface AllowedDifference {
  readonly reason: string;
  readonly accepts: (words: readonly string[], ours: RespValue, theirs: RespValue) => boolean;
}

const named =
  (...names: readonly string[]) =>
  (words: readonly string[]): boolean =>
    names.includes(words[0]!.toLowerCase());

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    reason: "the clocks of the two are read some milliseconds apart",
    accepts: (words, ours, theirs) =>
      named("ttl", "pttl", "expiretime", "pexpiretime")(words) &&
      isClose(ours, theirs, words[0]!.startsWith("p") ? 2000 : 2),
  },
  {
    reason: "Redis shares values between keys",
    accepts: (words, ours, theirs) => words[1] === "refcount" && ours === ":1" && theirs !== "null",
  },
  {
    reason: "Redis counts keys that have expired and are not purged yet",
    accepts: (words, ours, theirs) =>
      words[0] === "dbsize" && Number(String(theirs).slice(1)) > Number(String(ours).slice(1)),
  },
  {
    reason: "Redis shares values between keys",
    accepts: (words, ours, theirs) => words[1] === "refcount" && ours === ":1" && theirs !== "null",
  },
  {
    reason: "Redis counts keys that have expired and are not purged yet",
    accepts: (words, ours, theirs) =>
      words[0] === "dbsize" && Number(String(theirs).slice(1)) > Number(String(ours).slice(1)),
  },
  {
    reason: "a deadline past 2^53 ms is the latest there is, the year 287396",
    accepts: (words, ours) =>
      named("ttl", "pttl", "expiretime", "pexpiretime")(words) && Number(String(ours).slice(1)) > 8e12,
  },
  {
    reason: "a value's history is not known: Redis keeps a string that was edited as raw, and a hash as it grew",
    accepts: (words) => words[0] === "object" && words[1] === "encoding",
  },
  {
    reason: "LCS judges its words before its keys: of two mistakes the other one is named",
    accepts: (words, ours, theirs) =>
      words[0] === "lcs" && isError(ours) && theirs === "-ERR The specified keys must contain string values",
  },
  {
    reason: "since 7.2 BITCOUNT and BITPOS judge their words also when the key is absent",
    accepts: (words, ours, theirs) =>
      named("bitcount", "bitpos")(words) && isError(ours) && [":0", ":-1"].includes(String(theirs)),
  },
  {
    reason: "here, a command that waits is not waited for",
    accepts: (words, ours) => words[0]!.startsWith("b") && ours === "+OK",
  },
  {
    reason: "chosen at random",
    accepts: (words, ours, theirs) => words[0] === "randomkey" && ours !== "null" && theirs !== "null",
  },
  {
    reason: "7.2 makes a consumer at its first call, 7.0 once there is something for it",
    accepts: (words) => words[0] === "xgroup" && words[1] === "createconsumer",
  },
  {
    reason: "7.2 refuses a last id below the highest deleted one, 7.0 does not look",
    accepts: (words, ours) =>
      words[0] === "xsetid" && String(ours).endsWith("smaller than current max_deleted_entry_id"),
  },
  {
    reason: "options of HSCAN and its kin are checked whether or not the key exists",
    accepts: (words) => named("hscan", "sscan", "zscan")(words),
  },
];

function isError(value: RespValue): boolean {
  return typeof value === "string" && value.startsWith("-");
}

function isClose(ours: RespValue, theirs: RespValue, tolerance: number): boolean {
  if (typeof ours !== "string" || typeof theirs !== "string" || ours[0] !== ":" || theirs[0] !== ":") return false;
  return Math.abs(Number(ours.slice(1)) - Number(theirs.slice(1))) <= tolerance;
}
