import { limitInfo, limitLeft, limitMint, limitMove, limitReturn, limitSpend } from "./limit-counter-commands.ts";
import { limitPolicy } from "./limit-policy-commands.ts";
import { limitTake } from "./limit-take-command.ts";

/** Limits that hold in all regions together, at local latency. */
export const LIMIT_COMMANDS = [
  limitMint,
  limitSpend,
  limitReturn,
  limitMove,
  limitLeft,
  limitInfo,
  limitPolicy,
  limitTake,
];
