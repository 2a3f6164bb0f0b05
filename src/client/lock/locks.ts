import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { systemRandom } from "../../base/random.ts";
import { callAll, type Caller } from "../callers/caller.ts";
import { callerOf, type RegionClient } from "../callers/caller-of.ts";
import { LockOptionError } from "./lock-errors.ts";
import { HeldLock } from "./held-lock.ts";

export interface LockOptions {
  /** A client of `ioredis`, `redis` or `@upstash/redis`, or `{ url, token }`, of any region. */
  readonly client: RegionClient;
  /** The home of the locks: the region that keeps them, and without which nobody locks. */
  readonly home: string;
  /** Before each name; `lock:` unless said otherwise. */
  readonly prefix?: string;
}

export interface AcquireOptions {
  /** How long the lock is held unless it is extended or released, whole milliseconds. */
  readonly ttlMs: number;
  /** How long to try again while somebody else has it; 0 (unless said otherwise): once. */
  readonly waitMs?: number;
}

/** Sets the lock, and draws its token in the same transaction. Nothing when somebody has it. */
const ACQUIRE =
  "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('ANTIPODE', 'FENCE', KEYS[1]) end";
const random = systemRandom();
const TRY_AGAIN_FIRST_MS = 20;
const TRY_AGAIN_MAX_MS = 500;

/**
 * Locks that lock over all regions: keys pinned to one home (rows N1–N4 of the contract). At most one holder at a time as clocks go, and
 * a fencing token for what clocks cannot promise: a holder that was paused and whose lock has run out has a lower one than the next.
 */
export class Locks {
  readonly #caller: Caller;
  readonly #prefix: string;

  /** Throws LockOptionError. */
  constructor({ client, home, prefix = "lock:" }: LockOptions) {
    if (!/^[^{}\s]+$/u.test(home)) throw new LockOptionError("home: wants the name of a region or home");
    if (prefix.includes("{")) throw new LockOptionError("prefix: has a brace, which begins the home's tag");
    this.#caller = callerOf(client);
    this.#prefix = `{home:${home}}${prefix}`;
  }

  /**
   * The lock, or null while somebody else has it. Rejects when the home cannot be reached (`HOMEDOWN`), or did not answer
   * (`UNKNOWN`): then it may be held by nobody until its time is over.
   */
  async acquire(name: string, { ttlMs, waitMs = 0 }: AcquireOptions): Promise<HeldLock | null> {
    if (!Number.isSafeInteger(ttlMs) || ttlMs < 1)
      throw new LockOptionError("ttlMs: wants a whole number of at least 1");
    const key = this.#prefix + name;
    const owner = randomUUID();
    const endMs = performance.now() + waitMs;
    for (let pauseMs = TRY_AGAIN_FIRST_MS; ; pauseMs = Math.min(TRY_AGAIN_MAX_MS, pauseMs * 2)) {
      const askedMs = performance.now();
      const [token] = await callAll(this.#caller, [["EVAL", ACQUIRE, "1", key, owner, String(ttlMs)]]);
      if (token !== null && token !== undefined) {
        return new HeldLock(this.#caller, { key, owner, token: Number(token), untilMs: askedMs + ttlMs });
      }
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return null;
      // Not all at once: who waits for one lock began together.
      await sleep(Math.min(leftMs, pauseMs * (0.5 + random.next())));
    }
  }

  /**
   * Runs `body` under the lock, extending it while that runs, and releases it. `body` is told by its signal when the lock was lost
   * (the home could not be reached before its time was over). Null where it could not be had in time.
   */
  async run<T>(
    name: string,
    options: AcquireOptions,
    body: (lock: HeldLock, signal: AbortSignal) => Promise<T>,
  ): Promise<{ readonly value: T } | null> {
    const lock = await this.acquire(name, options);
    if (lock === null) return null;
    const lost = new AbortController();
    const timer = setInterval(
      () => {
        lock.extend(options.ttlMs).then(
          (isHeld) => isHeld || lost.abort(),
          () => lock.remainingMs <= 0 && lost.abort(),
        );
      },
      Math.ceil(options.ttlMs / 3),
    );
    try {
      return { value: await body(lock, lost.signal) };
    } finally {
      clearInterval(timer);
      await lock.release().catch(() => false);
    }
  }
}
