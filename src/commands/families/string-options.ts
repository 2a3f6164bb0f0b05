import type { BinaryString } from "../../base/bytes.ts";
import { addIntegers, fitsInt64 } from "../../crdt/delta.ts";
import type { DeadlineMs } from "../../crdt/deadline.ts";
import { invalidExpireTime } from "../refusals.ts";
import { integerWord } from "../words.ts";

/** A deadline as a command words it: how long from now, or when. 64-bit milliseconds. */
export interface Expiration {
  readonly relative: boolean;
  readonly ms: number | bigint;
}

export type ExpirationUnit = "EX" | "PX" | "EXAT" | "PXAT";
export const EXPIRATION_UNITS: ReadonlySet<string> = new Set<ExpirationUnit>(["EX", "PX", "EXAT", "PXAT"]);

/** The argument of EX, PX, EXAT or PXAT: positive. Throws Redis' refusal with the command's name. */
export function expirationWord(unit: ExpirationUnit, word: BinaryString, commandName: string): Expiration {
  const value = integerWord(word);
  if (value <= 0) throw invalidExpireTime(commandName);
  const ms = unit === "EX" || unit === "EXAT" ? inMilliseconds(value, commandName) : value;
  return { relative: unit === "EX" || unit === "PX", ms };
}

/** Seconds as milliseconds. Throws when 64 bits do not hold them. */
export function inMilliseconds(seconds: number | bigint, commandName: string): number | bigint {
  const small = Number(seconds) * 1000;
  if (Number.isSafeInteger(small)) return small;
  const ms = BigInt(seconds) * 1000n;
  if (!fitsInt64(ms)) throw invalidExpireTime(commandName);
  return ms;
}

/**
 * When it lapses. Throws when 64 bits do not hold it. What they hold and a number does not (past the year 287396) is the latest
 * time there is.
 */
export function deadlineFrom(expiration: Expiration, nowMs: number, commandName: string): DeadlineMs {
  const deadlineMs = expiration.relative ? addIntegers(nowMs, expiration.ms) : expiration.ms;
  if (!fitsInt64(deadlineMs)) throw invalidExpireTime(commandName);
  if (typeof deadlineMs === "number") return deadlineMs;
  return deadlineMs > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}
