import { Redis } from "ioredis";
import { hostAndPort } from "../links/link.ts";
import type { Via } from "../record/lines.ts";
import { inTime, RECONNECT_MS, REQUEST_TIMEOUT_MS, type Answer, type Client } from "./client.ts";
import type { Words } from "./commands.ts";

/** ioredis over TCP, one connection. */
export class IoredisClient implements Client {
  readonly name: string;
  readonly via: Via;
  readonly library = "ioredis";
  readonly region: string | null;
  readonly #redis: Redis;

  constructor(name: string, via: Via, region: string | null, address: string) {
    this.name = name;
    this.via = via;
    this.region = region;
    this.#redis = new Redis({
      ...hostAndPort(address),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      connectTimeout: REQUEST_TIMEOUT_MS,
      retryStrategy: () => RECONNECT_MS,
    });
    this.#redis.on("error", () => {});
  }

  async send(commands: readonly Words[]): Promise<Answer> {
    const replies = await inTime(commands.length === 1 ? this.#one(commands[0]!) : this.#transaction(commands));
    return { replies, regionServed: this.region, token: null, stale: false };
  }

  async #one([name, ...args]: Words): Promise<readonly unknown[]> {
    return [await this.#redis.call(name, ...args)];
  }

  async #transaction(commands: readonly Words[]): Promise<readonly unknown[]> {
    const transaction = this.#redis.multi();
    for (const [name, ...args] of commands) transaction.call(name, ...args);
    const results = (await transaction.exec()) ?? [];
    return results.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await Promise.resolve();
  }
}
