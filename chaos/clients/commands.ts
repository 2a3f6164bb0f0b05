import type { Operation, Saw } from "../record/operations.ts";

/** Words of one command, as every client library sends them. */
export type Words = readonly [name: string, ...args: string[]];

/** As `antipode/lock` does it: the lock and its token in one transaction, in the home of the key. */
const ACQUIRE =
  "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('ANTIPODE', 'FENCE', KEYS[1]) end";
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
/**
 * Defines the limit, which changes nothing when it is there, and takes of it. Its window is a year, the longest there is: one begins
 * with every 365 days since 1970.
 */
const TAKE =
  "redis.call('LIMIT.POLICY', 'SET', 'chaos-' .. ARGV[1], ARGV[1], '31536000000') return redis.call('LIMIT.TAKE', KEYS[1], 'chaos-' .. ARGV[1], ARGV[2])";

/** What an operation is on the wire: one command, or several as one transaction. */
export function commandsOf(op: Operation): readonly Words[] {
  switch (op.kind) {
    case "session.login":
      return [
        ["HSET", op.key, op.field, op.value],
        ["PEXPIRE", op.key, String(op.ttlMs)],
      ];
    case "session.save":
    case "hash.set":
      return [["HSET", op.key, op.field, op.value]];
    case "session.touch":
      return [["PEXPIRE", op.key, String(op.ttlMs)]];
    case "session.logout":
      return [op.final ? ["ANTIPODE", "REVOKE", op.key] : ["DEL", op.key]];
    case "session.read":
    case "hash.read":
      return [["HGETALL", op.key]];
    case "counter.add":
      return [["INCRBY", op.key, String(op.amount)]];
    case "counter.read":
    case "string.read":
      return [["GET", op.key]];
    case "set.add":
      return [["SADD", op.key, op.member]];
    case "set.remove":
      return [["SREM", op.key, op.member]];
    case "set.read":
      return [["SMEMBERS", op.key]];
    case "hash.remove":
      return [["HDEL", op.key, op.field]];
    case "string.set":
      return [op.ttlMs === null ? ["SET", op.key, op.value] : ["SET", op.key, op.value, "PX", String(op.ttlMs)]];
    case "string.delete":
      return [["DEL", op.key]];
    case "pair.set":
      return op.keys.map((key) => ["SET", key, op.value] as const);
    case "pair.read":
      return [["MGET", ...op.keys]];
    case "lock.acquire":
      return [["EVAL", ACQUIRE, "1", op.key, op.holder, String(op.ttlMs)]];
    case "lock.release":
      return [["EVAL", RELEASE, "1", op.key, op.holder]];
    case "limit.spend":
      return [["EVAL", TAKE, "1", op.key, String(op.limit), String(op.amount)]];
  }
}

/** What the answer told the client; null where it told nothing of the key. */
export function sawIn(op: Operation, replies: readonly unknown[]): Saw | null {
  const [reply] = replies;
  switch (op.kind) {
    case "session.read":
    case "hash.read":
      return hash(reply);
    case "counter.add":
    case "counter.read":
    case "string.read":
      return string(reply);
    case "set.read":
      return set(reply);
    case "session.touch":
      // 0: there is no such key here, and nothing was done.
      return Number(reply) === 0 ? { type: "absent" } : null;
    case "pair.read": {
      const [one, other] = reply as readonly unknown[];
      return { type: "pair", values: [textOrNull(one), textOrNull(other)] };
    }
    case "lock.acquire":
      return { type: "lock", token: reply === null || reply === undefined ? null : Number(reply) };
    case "limit.spend": {
      const [granted] = reply as readonly unknown[];
      return { type: "limit", granted: Number(granted) === 1 };
    }
    default:
      return null;
  }
}

export function string(reply: unknown): Saw & { readonly type: "absent" | "string" } {
  const value = textOrNull(reply);
  return value === null ? { type: "absent" } : { type: "string", value };
}

/** RESP2 answers a flat list, RESP3 and the SDKs a map. */
export function hash(reply: unknown): Saw & { readonly type: "absent" | "hash" } {
  const fields: Record<string, string> = {};
  if (Array.isArray(reply)) {
    for (let index = 0; index + 1 < reply.length; index += 2) fields[text(reply[index])] = text(reply[index + 1]);
  } else if (typeof reply === "object" && reply !== null) {
    for (const [field, value] of Object.entries(reply)) fields[field] = text(value);
  }
  return Object.keys(fields).length === 0 ? { type: "absent" } : { type: "hash", fields };
}

export function set(reply: unknown): Saw & { readonly type: "absent" | "set" } {
  const members = reply instanceof Set ? [...reply] : Array.isArray(reply) ? reply : [];
  return members.length === 0 ? { type: "absent" } : { type: "set", members: members.map(text).toSorted() };
}

function textOrNull(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : text(reply);
}

function text(reply: unknown): string {
  return typeof reply === "string" ? reply : String(reply);
}
