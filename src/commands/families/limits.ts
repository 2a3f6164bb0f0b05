import {
  limitInfo,
  limitLeft,
  limitMint,
  limitMove,
  limitReclaim,
  limitReturn,
  limitSpend,
} from "./limit-counter-commands.ts";
import { limitPolicy } from "./limit-policy-commands.ts";
import { limitTake } from "./limit-take-command.ts";

/** Limits that hold in all regions together, at local latency. */
export const LIMIT_COMMANDS = [
  limitMint,
  limitSpend,
  limitReturn,
  limitMove,
  limitReclaim,
  limitLeft,
  limitInfo,
  limitPolicy,
  limitTake,
];
