import { setTimeout as sleep } from "node:timers/promises";
import { callAll, type Caller } from "../callers/caller.ts";
import { callerOf, type RegionClient } from "../callers/caller-of.ts";
import type { RateAlgorithm } from "./algorithms.ts";
import { RateLimitOptionError, RateLimitUnavailableError } from "./rate-limit-errors.ts";

export interface RateLimiterOptions {
  /** A client of `ioredis`, `redis` or `@upstash/redis`, or `{ url, token }`. */
  readonly client: RegionClient;
  /** The policy's name, the same in every region: `login`. Limiters of one name must be of one kind. */
  readonly name: string;
  readonly algorithm: RateAlgorithm;
  /**
   * `strict` (the default): never more than the capacity in all regions together, whatever is cut. `approximate`: what other regions let
   * through within the lag between them may come on top.
   */
  readonly mode?: "strict" | "approximate";
  /** Before each identifier: `limit:NAME:` unless said otherwise. */
  readonly prefix?: string;
  /**
   * How long a strict limiter tries again when what it asks for is in other regions, which have been asked to lend it. 0: answers at
   * once. 250 ms unless said otherwise.
   */
  readonly patienceMs?: number;
  /** How long a take waits for a policy that is new to be known in every region. 2,000 ms unless said otherwise. */
  readonly readyTimeoutMs?: number;
  /** What a take comes to when the region does not answer. `error` (the default) throws RateLimitUnavailableError. */
  readonly whenUnavailable?: "allow" | "deny" | "error";
}

/** What a take came to. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** `elsewhere`: other regions have some left, and were asked; `gone`: none is left; `unavailable`: the region did not answer. */
  readonly answer: "granted" | "elsewhere" | "gone" | "unavailable";
  readonly limit: number;
  /** What is left in this region, and in all of them as far as is known here. */
  readonly remaining: number;
  readonly remainingEverywhere: number;
  /** Milliseconds until the present window ends. */
  readonly resetMs: number;
}

const DEFAULT_PATIENCE_MS = 250;
const DEFAULT_READY_TIMEOUT_MS = 2_000;
/** Between tries: about what it takes to ask another region and to hear of it. */
const TRY_AGAIN_MS = 40;

/** A limit over all regions, by `LIMIT.POLICY` and `LIMIT.TAKE` (rows B6–B8 of the contract). */
export class RateLimiter {
  readonly #caller: Caller;
  readonly #options: RateLimiterOptions;
  readonly #prefix: string;
  #defined: Promise<void> | null = null;

  /** Throws RateLimitOptionError. Nothing is sent before the first take. */
  constructor(options: RateLimiterOptions) {
    check(options);
    this.#options = options;
    this.#caller = callerOf(options.client);
    this.#prefix = options.prefix ?? `limit:${options.name}:`;
  }

  get limit(): number {
    return this.#options.algorithm.capacity;
  }

  /** Lets `cost` through for this identifier (a user, an address, a key of an API), or not. */
  take(identifier: string, cost = 1): Promise<RateLimitResult> {
    if (!Number.isSafeInteger(cost) || cost < 1 || cost > this.limit) {
      throw new RateLimitOptionError(`cost: wants a whole number from 1 to ${this.limit}`);
    }
    return this.#ask(identifier, String(cost), this.#options.patienceMs ?? DEFAULT_PATIENCE_MS);
  }

  /** What a take of 1 would come to, without taking it. */
  peek(identifier: string): Promise<RateLimitResult> {
    return this.#ask(identifier, "PEEK", 0);
  }

  /** Forgets what was used under this identifier, in every region. */
  async reset(identifier: string): Promise<void> {
    await callAll(this.#caller, [["DEL", this.#prefix + identifier]]);
  }

  async #ask(identifier: string, amount: string, patienceMs: number): Promise<RateLimitResult> {
    const startedMs = performance.now();
    const readyMs = this.#options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS;
    for (;;) {
      const reply = await this.#try(identifier, amount);
      const passedMs = performance.now() - startedMs;
      if (Array.isArray(reply)) {
        const result = read(reply, this.limit);
        if (result.answer !== "elsewhere" || passedMs + TRY_AGAIN_MS > patienceMs) return result;
      } else if (reply instanceof Error && reply.message.startsWith("NOTREADY") && passedMs < readyMs) {
        // Known here, not everywhere yet.
      } else if (reply instanceof Error && reply.message.includes("no such policy") && passedMs < readyMs) {
        // Somebody deleted it; or this region has not heard of it yet.
        this.#defined = null;
      } else return this.#unavailable(reply);
      await sleep(TRY_AGAIN_MS);
    }
  }

  /** The reply, or why there is none. */
  async #try(identifier: string, amount: string): Promise<unknown> {
    const { name } = this.#options;
    try {
      await (this.#defined ??= this.#define());
      const [reply] = await this.#caller.call([["LIMIT.TAKE", this.#prefix + identifier, name, amount]]);
      return reply;
    } catch (error) {
      this.#defined = null;
      return error;
    }
  }

  async #define(): Promise<void> {
    const { name, algorithm, mode } = this.#options;
    const { capacity, windowMs, words } = algorithm;
    const command = ["LIMIT.POLICY", "SET", name, String(capacity), String(windowMs), ...words];
    await callAll(this.#caller, [[...command, mode === "approximate" ? "APPROXIMATE" : "STRICT"]]);
  }

  #unavailable(cause: unknown): RateLimitResult {
    const { whenUnavailable = "error" } = this.#options;
    if (whenUnavailable === "error") throw new RateLimitUnavailableError(cause);
    const allowed = whenUnavailable === "allow";
    return { allowed, answer: "unavailable", limit: this.limit, remaining: 0, remainingEverywhere: 0, resetMs: 0 };
  }
}

function check({ name, algorithm }: RateLimiterOptions): void {
  if (typeof name !== "string" || name === "") throw new RateLimitOptionError("name: wants a text that is not empty");
  const { capacity, windowMs } = algorithm;
  if (![capacity, windowMs].every((one) => Number.isSafeInteger(one) && one >= 1)) {
    throw new RateLimitOptionError("algorithm: wants whole numbers of at least 1");
  }
}

function read(reply: readonly unknown[], limit: number): RateLimitResult {
  const [allowed, answer, remaining, remainingEverywhere, resetMs] = reply;
  return {
    allowed: Number(allowed) === 1,
    answer: String(answer) as RateLimitResult["answer"],
    limit,
    remaining: Number(remaining),
    remainingEverywhere: Number(remainingEverywhere),
    resetMs: Number(resetMs),
  };
}
