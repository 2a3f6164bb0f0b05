import { NO_DEADLINE, type DeadlineMs } from "../../crdt/deadline.ts";

/** NX, XX, GT and LT of EXPIRE and HEXPIRE. */
export type Condition = "nx" | "xx" | "gt" | "lt";

export const CONDITIONS: Readonly<Record<string, Condition>> = { NX: "nx", XX: "xx", GT: "gt", LT: "lt" };

/** Whether the conditions let `deadlineMs` replace `current`. No deadline counts as the longest. */
export function allows(conditions: ReadonlySet<Condition>, current: DeadlineMs, deadlineMs: DeadlineMs): boolean {
  if (conditions.has("nx") && current !== NO_DEADLINE) return false;
  if (conditions.has("xx") && current === NO_DEADLINE) return false;
  if (conditions.has("gt") && (current === NO_DEADLINE || deadlineMs <= current)) return false;
  return !(conditions.has("lt") && current !== NO_DEADLINE && deadlineMs >= current);
}
