import type { BinaryString } from "../../../base/bytes.ts";
import type { CounterRights } from "../../../crdt/limit/counter-rights.ts";
import type { LimitAnswer, LimitPolicy } from "../../../crdt/limit/limit-policy.ts";
import type { WindowRights } from "../../../crdt/limit/window-rights.ts";

/**
 * Limits in a transaction: bounded counters, and rate limits by policy. Reads throw WrongTypeError. A key is one or the other:
 * `counter` and `window` throw WrongTypeError for the other kind too.
 */
export interface LimitTransaction {
  /** Null when absent. */
  counter(key: BinaryString): CounterRights | null;
  /** New rights, which belong to this region. Creates the key when absent. */
  mint(key: BinaryString, amount: number): void;
  /** Spends rights of this region, or asks the others for some. The key exists. */
  spend(key: BinaryString, amount: number): LimitAnswer;
  /** Rights that were spent come back, to this region. The caller has checked that so many are spent. */
  giveBack(key: BinaryString, amount: number): void;
  /** Rights of this region go to another; the caller has checked that they are here. */
  move(key: BinaryString, to: string, amount: number): void;
  /** Rights of a region that is gone for good become this one's. The caller sees to it that only one region does this. */
  reclaim(key: BinaryString, from: string, amount: number): void;

  /** The definition that holds, and whether it may be used: every member knows it, and has done with the one before. */
  policy(name: BinaryString): DefinedPolicy | null;
  /** As this region sees the key under the policy; an absent key is one of which nothing is used. */
  window(key: BinaryString, policy: LimitPolicy): WindowRights;
  /** Lets `amount` through, or asks the others for some. Nothing happens to a key of which more is asked than its policy allows. */
  take(key: BinaryString, policy: LimitPolicy, amount: number): LimitAnswer;

  /** Gives other regions what they have asked for of this key, as far as there is something to give. */
  answerWishes(key: BinaryString): void;
}

export interface DefinedPolicy {
  readonly policy: LimitPolicy;
  readonly isActive: boolean;
}
