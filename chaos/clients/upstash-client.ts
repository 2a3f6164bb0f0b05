import { Redis, type Pipeline } from "@upstash/redis";
import type { Via } from "../record/lines.ts";
import { AnswerError, inTime, REQUEST_TIMEOUT_MS, type Answer, type Client } from "./client.ts";
import type { Words } from "./commands.ts";

/** @upstash/redis over HTTP, as an edge function would use it. It keeps its own sync token. */
export class UpstashClient implements Client {
  readonly name: string;
  readonly via: Via;
  readonly library = "@upstash/redis";
  readonly region: string | null;
  readonly #redis: Redis;

  constructor(name: string, via: Via, region: string | null, address: string, token: string) {
    this.name = name;
    this.via = via;
    this.region = region;
    this.#redis = new Redis({
      url: `http://${address}`,
      token,
      // `false` still tries once more: what the first attempt did and the second could not would look as if it had never happened.
      retry: { retries: 0 },
      enableTelemetry: false,
      automaticDeserialization: false,
      signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  }

  async send(commands: readonly Words[]): Promise<Answer> {
    const replies = await inTime(commands.length === 1 ? this.#one(commands[0]!) : this.#transaction(commands));
    return { replies, regionServed: this.region, token: null, stale: false };
  }

  async #one(words: Words): Promise<readonly unknown[]> {
    return [await call(this.#redis, words)];
  }

  #transaction(commands: readonly Words[]): Promise<readonly unknown[]> {
    const transaction = this.#redis.multi();
    for (const words of commands) call(transaction, words);
    return transaction.exec();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The SDK has a method for each command; these are the ones that workloads use. */
function call(target: Redis | Pipeline, [name, key, ...args]: Words): unknown {
  const on = target as Redis;
  switch (name) {
    case "HSET":
      return on.hset(key!, { [args[0]!]: args[1]! });
    case "PEXPIRE":
      return on.pexpire(key!, Number(args[0]));
    case "DEL":
      return on.del(key!);
    case "HGETALL":
      return on.hgetall(key!);
    case "HDEL":
      return on.hdel(key!, args[0]!);
    case "INCRBY":
      return on.incrby(key!, Number(args[0]));
    case "GET":
      return on.get(key!);
    case "SADD":
      return on.sadd(key!, args[0]!);
    case "SREM":
      return on.srem(key!, args[0]!);
    case "SMEMBERS":
      return on.smembers(key!);
    case "SET":
      return args.length === 1 ? on.set(key!, args[0]!) : on.set(key!, args[0]!, { px: Number(args[2]) });
    case "MGET":
      return on.mget(key!, ...args);
    case "EVAL":
      return on.eval(key!, [args[1]!], args.slice(2));
    default:
      // Not of the SDK's vocabulary: nothing was sent.
      throw new AnswerError(`ERR the SDK has no ${name}`);
  }
}
