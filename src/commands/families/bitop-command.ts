import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import { defineCommand } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { BITOP_NOT_ONE_KEY, SYNTAX_ERROR } from "../refusals.ts";

/** BITOP: bitmaps combined into one. */

type Operator = "and" | "or" | "xor" | "not";
const OPERATORS: Readonly<Record<string, Operator>> = { AND: "and", OR: "or", XOR: "xor", NOT: "not" };

interface BitopRequest {
  readonly operator: Operator;
  readonly target: BinaryString;
  readonly sources: readonly BinaryString[];
}

export const bitop = defineCommand<BitopRequest>({
  name: "BITOP",
  group: "bitmap",
  since: "2.6.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: [
    { first: 2, last: 2, step: 1, flags: ["OW", "update"] },
    { first: 3, last: -1, step: 1, flags: ["RO", "access"] },
  ],
  syntax: "<AND | OR | XOR | NOT> destkey key [key ...]",
  summary: "Combines string values bit by bit and stores the result; answers its length.",
  complexity: "O(N) in the length of the longest value",
  convergence: "S1, K9: the result is written as a value, decided at its origin.",
  parse(args) {
    const operator = OPERATORS[args[0]!.toUpperCase()];
    if (operator === undefined) throw SYNTAX_ERROR;
    const sources = args.slice(2);
    if (operator === "not" && sources.length !== 1) throw BITOP_NOT_ONE_KEY;
    return { operator, target: args[1]!, sources };
  },
  run(tx, { operator, target, sources }, call) {
    const texts = sources.map((key) => tx.strings.get(key) ?? "");
    const result = combine(operator, texts);
    if (result === "") {
      if (tx.delete(target)) notify(call, "generic", "del", target);
      return 0;
    }
    tx.strings.set(target, result, NO_DEADLINE);
    notify(call, "string", "set", target);
    return result.length;
  },
});

/** Shorter values count as if zeros followed them. */
function combine(operator: Operator, texts: readonly BinaryString[]): BinaryString {
  const length = texts.reduce((longest, text) => Math.max(longest, text.length), 0);
  const out = Buffer.alloc(length);
  out.latin1Write(texts[0]!, 0);
  if (operator === "not") {
    for (let index = 0; index < length; index++) out[index] = ~out[index]!;
    return out.latin1Slice();
  }
  for (const text of texts.slice(1)) {
    for (let index = 0; index < length; index++) {
      const byte = index < text.length ? text.charCodeAt(index) : 0;
      if (operator === "and") out[index]! &= byte;
      else if (operator === "or") out[index]! |= byte;
      else out[index]! ^= byte;
    }
  }
  return out.latin1Slice();
}
