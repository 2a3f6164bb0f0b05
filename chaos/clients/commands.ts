import type { Operation, Saw } from "../record/operations.ts";

/** Words of one command, as every client library sends them. */
export type Words = readonly [name: string, ...args: string[]];

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
    case "lock.release":
    case "limit.spend":
      // Locks and limits come with the product's own commands; until then no workload plans them.
      throw new Error(`no client can do ${op.kind} yet`);
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
