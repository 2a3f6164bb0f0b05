import { ReplyError } from "../resp/reply-error.ts";

/** Refusals of the limit commands. */
export const LIMIT_NOT_COPIED = new ReplyError(
  "ERR",
  "a limit cannot be renamed, copied, moved or dumped: its rights would exist twice",
);

export const NO_SUCH_LIMIT = new ReplyError("ERR", "no such limit: LIMIT.MINT creates it");
export const BAD_AMOUNT = new ReplyError("ERR", "amount must be a whole number from 1 to 9007199254740");
export const TOO_MANY_RIGHTS = new ReplyError("ERR", "a limit holds at most 9007199254740 rights");
export const NOT_SPENT = new ReplyError("ERR", "more would be given back than is spent");
export const NOT_LEFT = new ReplyError(
  "ERR",
  "the region has not left for good, or what it left behind is not all here yet",
);
export const NOT_FIRST_MEMBER = new ReplyError("ERR", "only the first member region by name reclaims: ask it");
export const NO_SUCH_POLICY = new ReplyError("ERR", "no such policy: LIMIT.POLICY SET defines it");
export const POLICY_PENDING = new ReplyError(
  "NOTREADY",
  "not every region knows the policy yet, and until then none may use it: try again in a moment",
);
export const BAD_CAPACITY = new ReplyError("ERR", "capacity and refill must be whole numbers from 1 to 9007199254740");
export const BAD_WINDOW = new ReplyError("ERR", "window must be a whole number of milliseconds from 1 to 31536000000");
export const BAD_SHARES = new ReplyError(
  "ERR",
  "shares must be whole numbers that add up to the capacity, one for each region",
);
export const REFILL_WITHOUT_BUCKET = new ReplyError("ERR", "REFILL is for BUCKET, and BUCKET wants it");

export function moreThanCapacity(capacity: number): ReplyError {
  return new ReplyError("ERR", `amount exceeds the policy's capacity of ${capacity}: it could never be granted`);
}
