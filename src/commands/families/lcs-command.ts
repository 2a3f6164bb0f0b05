import type { BinaryString } from "../../base/bytes.ts";
import { WrongTypeError, type Transaction } from "../../keyspace/transaction-port.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { LCS_BOTH, LCS_NEEDS_STRINGS, LCS_TOO_LARGE, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import { cellsOf, LCS_CELLS_MAX, longestCommonSubsequence, type CommonRange } from "./longest-common-subsequence.ts";

interface LcsRequest {
  readonly keys: readonly [BinaryString, BinaryString];
  readonly shape: "text" | "length" | "ranges";
  readonly minimumLength: number;
  readonly withLengths: boolean;
}

export const lcs = defineCommand<LcsRequest>({
  name: "LCS",
  group: "string",
  since: "7.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 2, step: 1 },
  syntax: "key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]",
  summary: "Finds the longest common subsequence of two strings.",
  complexity: "O(N*M) in the lengths of the strings; their product is limited to 64 Mi",
  convergence: READS_LOCALLY,
  parse(args) {
    let asLength = false;
    let asRanges = false;
    let withLengths = false;
    let minimumLength = 0;
    for (let index = 2; index < args.length; index++) {
      const option = args[index]!.toUpperCase();
      if (option === "LEN") asLength = true;
      else if (option === "IDX") asRanges = true;
      else if (option === "WITHMATCHLEN") withLengths = true;
      else if (option === "MINMATCHLEN" && index + 1 < args.length) {
        minimumLength = Math.max(0, clampedIntegerWord(args[++index]!));
      } else throw SYNTAX_ERROR;
    }
    if (asLength && asRanges) throw LCS_BOTH;
    const shape = asRanges ? "ranges" : asLength ? "length" : "text";
    return { keys: [args[0]!, args[1]!], shape, minimumLength, withLengths };
  },
  run(tx, { keys, shape, minimumLength, withLengths }) {
    const left = stringAt(tx, keys[0]);
    const right = stringAt(tx, keys[1]);
    if (cellsOf(left, right) > LCS_CELLS_MAX) throw LCS_TOO_LARGE;
    const found = longestCommonSubsequence(left, right);
    if (shape === "text") return found.text;
    if (shape === "length") return found.length;
    const matches = found.ranges
      .filter((range) => range.length >= minimumLength)
      .map((range) => matchReply(range, withLengths));
    return new MapReply([
      ["matches", matches],
      ["len", found.length],
    ]);
  },
});

function stringAt(tx: Transaction, key: BinaryString): BinaryString {
  try {
    return tx.strings.get(key) ?? "";
  } catch (error) {
    throw error instanceof WrongTypeError ? LCS_NEEDS_STRINGS : error;
  }
}

function matchReply(range: CommonRange, withLength: boolean): Reply {
  return withLength ? [range.left, range.right, range.length] : [range.left, range.right];
}
