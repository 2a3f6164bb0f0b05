import { Redis as IoRedis } from "ioredis";
import { Redis as UpstashRedis } from "@upstash/redis";
import { createClient } from "redis";
import type { DayAction } from "./plan.ts";
import type { AttemptOutcome } from "./record.ts";

/** One way to send an action: an unmodified client library on one door of one region, or of the router. */
export interface DayClient {
  readonly via: string;
  /** Null when the router chooses. */
  readonly region: string | null;
  perform(action: DayAction): Promise<void>;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 3_000;

export function sessionKey(session: string): string {
  return `web:${session}`;
}

/** ioredis over TCP, one connection, no retries: the record must know what happened to each attempt. */
export function ioredisClient(region: string, address: string): DayClient {
  const [host, port] = address.split(":") as [string, string];
  const client = new IoRedis({
    host,
    port: Number(port),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    lazyConnect: false,
    commandTimeout: REQUEST_TIMEOUT_MS,
    retryStrategy: () => 200,
  });
  client.on("error", () => {});
  return {
    via: "ioredis",
    region,
    async perform(action) {
      const key = sessionKey(action.session);
      switch (action.kind) {
        case "login":
          // One transaction: the session and its deadline are seen together or not at all.
          await client.multi().hset(key, "user", action.user).pexpire(key, action.ttlMs).exec();
          return;
        case "touch":
          await client.pexpire(key, action.ttlMs);
          return;
        case "cart":
          await client.hset(key, action.field, action.value);
          return;
        case "visit":
          await client.incr(action.counter);
          return;
        case "read":
          await client.hgetall(key);
          return;
        case "logout":
          await client.del(key);
      }
    },
    close: async () => {
      client.disconnect();
      await Promise.resolve();
    },
  };
}

/** node-redis over TCP. */
export async function nodeRedisClient(region: string, address: string): Promise<DayClient> {
  const client = createClient({
    url: `redis://${address}`,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => 200, connectTimeout: REQUEST_TIMEOUT_MS },
  });
  client.on("error", () => {});
  await client.connect();
  return {
    via: "redis",
    region,
    async perform(action) {
      const key = sessionKey(action.session);
      switch (action.kind) {
        case "login":
          await client.multi().hSet(key, "user", action.user).pExpire(key, action.ttlMs).exec();
          return;
        case "touch":
          await client.pExpire(key, action.ttlMs);
          return;
        case "cart":
          await client.hSet(key, action.field, action.value);
          return;
        case "visit":
          await client.incr(action.counter);
          return;
        case "read":
          await client.hGetAll(key);
          return;
        case "logout":
          await client.del(key);
      }
    },
    close: async () => {
      client.destroy();
      await Promise.resolve();
    },
  };
}

/** @upstash/redis over HTTP, straight to a region or through the router; no retries. */
export function upstashClient(region: string | null, address: string, token: string): DayClient {
  const client = new UpstashRedis({
    url: `http://${address}`,
    token,
    retry: false,
    enableTelemetry: false,
    automaticDeserialization: false,
    signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  return {
    via: region === null ? "@upstash/redis by router" : "@upstash/redis",
    region,
    async perform(action) {
      const key = sessionKey(action.session);
      switch (action.kind) {
        case "login":
          await client.multi().hset(key, { user: action.user }).pexpire(key, action.ttlMs).exec();
          return;
        case "touch":
          await client.pexpire(key, action.ttlMs);
          return;
        case "cart":
          await client.hset(key, { [action.field]: action.value });
          return;
        case "visit":
          await client.incr(action.counter);
          return;
        case "read":
          await client.hgetall(key);
          return;
        case "logout":
          await client.del(key);
      }
    },
    close: () => Promise.resolve(),
  };
}

const NEVER_SENT = /ECONNREFUSED|isn't writeable|client is (?:offline|closed)|Connection is closed before/iu;
const REFUSED = /^(?:ERR|NOAUTH|LOADING|OOM|READONLY|MISCONF|WRONGTYPE|NOPERM|EXECABORT)\b/u;

/** What an error says about the fate of what was sent. In doubt it is unknown. */
export function outcomeOf(error: unknown): AttemptOutcome {
  const messages: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    messages.push(cause.message, (cause as NodeJS.ErrnoException).code ?? "");
  if (messages.some((message) => NEVER_SENT.test(message) || REFUSED.test(message))) return "failed";
  return "unknown";
}
