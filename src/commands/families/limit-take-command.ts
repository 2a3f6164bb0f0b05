import type { BinaryString } from "../../base/bytes.ts";
import { defineCommand } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { moreThanCapacity, NO_SUCH_POLICY, POLICY_PENDING } from "../limit-refusals.ts";
import { isWord } from "../words.ts";
import { amountWord } from "./limit-words.ts";

interface TakeRequest {
  readonly key: BinaryString;
  readonly policy: BinaryString;
  readonly amount: number;
  readonly peeks: boolean;
}

export const limitTake = defineCommand<TakeRequest>({
  name: "LIMIT.TAKE",
  group: "limit",
  since: "0.3.0",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key policy [amount | PEEK]",
  summary:
    "Lets so many (1) through a rate limit. Answers 1 or 0, whether that was granted, is elsewhere or gone, what is left here and in all regions, and the milliseconds until the window ends. PEEK takes nothing.",
  complexity: "O(N) in the number of regions",
  convergence:
    "B6: a strict policy never lets more through in a window than its capacity, in all regions together; B8: an approximate one may, by what was let through within the lag between regions.",
  parse(args) {
    const [key, policy, third] = args;
    if (args.length > 3) throw SYNTAX_ERROR;
    const peeks = isWord(third, "PEEK");
    return { key: key!, policy: policy!, amount: third === undefined || peeks ? 1 : amountWord(third), peeks };
  },
  run(tx, { key, policy: name, amount, peeks }) {
    const defined = tx.limits.policy(name);
    if (defined === null) throw NO_SUCH_POLICY;
    if (!defined.isActive) throw POLICY_PENDING;
    const { policy } = defined;
    if (amount > policy.capacity) throw moreThanCapacity(policy.capacity);
    const answer = peeks ? tx.limits.window(key, policy).answer(amount) : tx.limits.take(key, policy, amount);
    const { here, left, endsAtMs } = tx.limits.window(key, policy);
    return [answer === "granted" ? 1 : 0, answer, here, left, Math.max(0, endsAtMs - tx.nowMs)];
  },
});
