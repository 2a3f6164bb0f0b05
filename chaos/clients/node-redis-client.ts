import { createClient } from "redis";
import { inTime, RECONNECT_MS, REQUEST_TIMEOUT_MS, type Answer, type Client } from "./client.ts";
import type { Words } from "./commands.ts";

/** node-redis over TCP, one connection. */
export class NodeRedisClient implements Client {
  readonly name: string;
  readonly via = "resp";
  readonly library = "redis";
  readonly region: string;
  readonly #redis: ReturnType<typeof createClient>;

  constructor(name: string, region: string, address: string) {
    this.name = name;
    this.region = region;
    this.#redis = createClient({
      url: `redis://${address}`,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: () => RECONNECT_MS, connectTimeout: REQUEST_TIMEOUT_MS },
    });
    this.#redis.on("error", () => {});
    // It goes on trying by itself; until then its commands fail.
    this.#redis.connect().catch(() => {});
  }

  async send(commands: readonly Words[]): Promise<Answer> {
    const replies = await inTime(commands.length === 1 ? this.#one(commands[0]!) : this.#transaction(commands));
    return { replies, regionServed: this.region, token: null, stale: false };
  }

  async #one(words: Words): Promise<readonly unknown[]> {
    return [await this.#redis.sendCommand([...words])];
  }

  #transaction(commands: readonly Words[]): Promise<readonly unknown[]> {
    const transaction = this.#redis.multi();
    for (const words of commands) transaction.addCommand([...words]);
    return transaction.exec();
  }

  async close(): Promise<void> {
    this.#redis.destroy();
    await Promise.resolve();
  }
}
