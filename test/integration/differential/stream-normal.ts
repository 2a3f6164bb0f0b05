import type { RespValue } from "./resp-values.ts";

/**
 * Replies about streams without what two servers cannot agree on: times, the shape of Redis' tree, and what Redis 7.2 says and
 * 7.0 does not. Counters of groups are left out too: 7.0 and 7.2 trust them in different cases.
 */
const DROPPED: ReadonlySet<string> = new Set(
  ["idle", "inactive", "seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes", "lag", "entries-read"].map(
    (name) => `"${name}`,
  ),
);

export function normalStreamReply(words: readonly string[], value: RespValue): RespValue {
  const command = words[0]!.toLowerCase();
  if (command === "xinfo") return withoutTimes(value);
  if (command === "xpending" && words.length > 3) return withoutThird(value);
  return value;
}

function withoutTimes(value: RespValue): RespValue {
  if (typeof value === "string") return value;
  const kept: RespValue[] = [];
  for (let at = 0; at < value.length; at++) {
    const item = value[at]!;
    if (typeof item === "string" && (DROPPED.has(item) || isConsumerCount(item, value[at + 1]))) at++;
    else if (typeof item === "string" && /^:[0-9]{12,}$/u.test(item)) kept.push(":time");
    else if (!isIdleConsumer(item)) kept.push(withoutTimes(item));
  }
  return kept;
}

/** 7.2 makes a consumer at its first call, 7.0 once there is something for it: those with nothing are not counted. */
function isConsumerCount(name: string, count: RespValue | undefined): boolean {
  return name === '"consumers' && typeof count === "string";
}

function isIdleConsumer(item: RespValue): boolean {
  if (typeof item === "string" || item[1] !== '"name' || item.includes('"last-delivered-id')) return false;
  const count = item.includes('"pel-count') ? '"pel-count' : '"pending';
  return item[item.indexOf(count) + 1] === ":0";
}

/** The third item of each pending entry is how long it has been so. The first item of a parsed list is its kind. */
function withoutThird(value: RespValue): RespValue {
  if (typeof value === "string") return value;
  return value.map((item) => (typeof item === "string" ? item : item.filter((_, index) => index !== 3)));
}
