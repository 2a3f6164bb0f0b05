import type { NamedDot } from "./door.ts";

/** Counters of the checkers' own, and keys taken from under their policy. */
export const COUNTED_LIMITS = ["q0", "q1"];
export const TAKEN_KEYS = ["t0", "t1"];
export const POLICY = { name: "checked", capacity: 6 };

/** What a client asked of a counter. `unknown` also while it is under way. */
export interface LimitCall {
  readonly limit: string;
  readonly kind: "mint" | "spend" | "return";
  readonly amount: number;
  readonly region: string;
  /** When it was asked, as `LimitBook.moment`: it may have happened from here on. */
  readonly begunAt: number;
  /** The batch that it made; null: none, or it waited before it did. */
  dot: NamedDot | null;
  outcome: "unknown" | "granted" | "refused";
  /** When the client was told. */
  endedAt: number;
}

/** What was let through under the policy. */
export interface Taken {
  readonly key: string;
  /** The window's number, by the clock of the region that was asked. */
  readonly window: number;
  readonly amount: number;
  readonly dot: NamedDot | null;
}

/** What the clients of a history know of limits. */
export class LimitBook {
  readonly calls: LimitCall[] = [];
  readonly taken: Taken[] = [];
  /** Regions whose rights to a limit somebody has taken over, as `limit/region`. */
  readonly reclaimed = new Set<string>();
  #moment = 0;

  /** Moments are in the order in which things happened in the whole history. */
  moment(): number {
    return ++this.#moment;
  }

  begin(call: Pick<LimitCall, "limit" | "kind" | "amount" | "region">): LimitCall {
    const begun: LimitCall = { ...call, begunAt: this.moment(), dot: null, outcome: "unknown", endedAt: 0 };
    this.calls.push(begun);
    return begun;
  }

  /** Rights that clients were granted and have not tried to give back. */
  outstanding(limit: string): number {
    let sum = 0;
    for (const call of this.calls) {
      if (call.limit !== limit) continue;
      if (call.kind === "spend" && call.outcome === "granted") sum += call.amount;
      if (call.kind === "return" && call.outcome !== "refused") sum -= call.amount;
    }
    return sum;
  }
}
