import { ClientOptionError } from "./client-option-error.ts";
import type { Caller } from "./caller.ts";
import { ioredisCaller, nodeRedisCaller, type IoredisClient, type NodeRedisClient } from "./connection-callers.ts";
import {
  restCaller,
  upstashCaller,
  type RestAddress,
  type UpstashClient,
  type UpstashRequester,
} from "./rest-callers.ts";

/** A client of `ioredis`, `redis` or `@upstash/redis`, or where to ask by HTTP. */
export type RegionClient = IoredisClient | NodeRedisClient | UpstashClient | RestAddress;

/** Told apart by what they can do: none of the libraries is imported. Throws ClientOptionError. */
export function callerOf(client: unknown): Caller {
  if (typeof client === "object" && client !== null) {
    if ("sendCommand" in client && !("call" in client)) return nodeRedisCaller(client as NodeRedisClient);
    if ("call" in client && typeof client.call === "function") return ioredisCaller(checked(client as IoredisClient));
    if ("client" in client && isRequester(client.client)) return upstashCaller(client.client);
    if ("url" in client && "token" in client) return restCaller(client as RestAddress);
  }
  throw new ClientOptionError(
    "client: wants a client of ioredis, redis or @upstash/redis, or { url, token } of a REST address",
  );
}

/** A prefix is put before the keys of commands that the library knows, and of no others. */
function checked(client: IoredisClient & { readonly options?: { readonly keyPrefix?: string } }): IoredisClient {
  if (client.options?.keyPrefix)
    throw new ClientOptionError("client: has a keyPrefix; use the prefix among the options instead");
  return client;
}

function isRequester(value: unknown): value is UpstashRequester {
  return typeof value === "object" && value !== null && "request" in value && typeof value.request === "function";
}
