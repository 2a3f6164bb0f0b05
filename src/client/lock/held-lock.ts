import { callAll, type Caller } from "../callers/caller.ts";
import { LockOptionError } from "./lock-errors.ts";

const EXTEND =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

interface HeldInit {
  readonly key: string;
  readonly owner: string;
  readonly token: number;
  /** By this process' monotonic clock, counted from when it was asked for: never later than the home has it. */
  readonly untilMs: number;
}

/** A lock that was acquired. */
export class HeldLock {
  readonly key: string;
  /** Greater than that of every earlier holder: let what you write to refuse lower ones. */
  readonly token: number;
  readonly #caller: Caller;
  readonly #owner: string;
  #untilMs: number;

  constructor(caller: Caller, { key, owner, token, untilMs }: HeldInit) {
    this.key = key;
    this.token = token;
    this.#caller = caller;
    this.#owner = owner;
    this.#untilMs = untilMs;
  }

  /** How long it is certainly still held, milliseconds; 0 when it may be somebody else's. */
  get remainingMs(): number {
    return Math.max(0, this.#untilMs - performance.now());
  }

  /** Holds it for so long from now. False when it is not ours any more. */
  async extend(ttlMs: number): Promise<boolean> {
    if (!Number.isSafeInteger(ttlMs) || ttlMs < 1)
      throw new LockOptionError("ttlMs: wants a whole number of at least 1");
    const askedMs = performance.now();
    const isHeld = await this.#ask(EXTEND, [String(ttlMs)]);
    this.#untilMs = isHeld ? askedMs + ttlMs : 0;
    return isHeld;
  }

  /** Gives it back. False when it was not ours any more. */
  async release(): Promise<boolean> {
    const wasHeld = await this.#ask(RELEASE, []);
    this.#untilMs = 0;
    return wasHeld;
  }

  async #ask(script: string, more: readonly string[]): Promise<boolean> {
    const [reply] = await callAll(this.#caller, [["EVAL", script, "1", this.key, this.#owner, ...more]]);
    return Number(reply) === 1;
  }
}
