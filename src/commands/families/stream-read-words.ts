import type { BinaryString } from "../../base/bytes.ts";
import { BAD_TIMEOUT, NEGATIVE_TIMEOUT, SYNTAX_ERROR } from "../refusals.ts";
import { GROUP_OF_XREAD, NO_GROUP_OPTION, NOACK_OF_XREAD, unbalancedStreams } from "../stream-refusals.ts";
import { clampedIntegerWord } from "../words.ts";

/** The words of XREAD and XREADGROUP. Ids are read later: Redis looks at each key before its id. */
export interface ReadRequest {
  readonly group: { readonly name: BinaryString; readonly consumer: BinaryString } | null;
  readonly keys: readonly BinaryString[];
  readonly idWords: readonly BinaryString[];
  /** Null: all. */
  readonly count: number | null;
  /** Null: does not wait; 0: waits for ever. */
  readonly blockMs: number | null;
  readonly noAck: boolean;
}

export function readRequest(args: readonly BinaryString[], command: "xread" | "xreadgroup"): ReadRequest {
  let group: ReadRequest["group"] = null;
  let count: number | null = null;
  let blockMs: number | null = null;
  let noAck = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    const more = args.length - 1 - at;
    if (word === "BLOCK" && more > 0) {
      blockMs = clampedIntegerWord(args[++at]!, BAD_TIMEOUT);
      if (blockMs < 0) throw NEGATIVE_TIMEOUT;
    } else if (word === "COUNT" && more > 0) {
      const given = clampedIntegerWord(args[++at]!);
      count = given > 0 ? given : null;
    } else if (word === "STREAMS" && more > 0) {
      if (more % 2 !== 0) throw unbalancedStreams(command);
      if (command === "xreadgroup" && group === null) throw NO_GROUP_OPTION;
      const middle = at + 1 + more / 2;
      return { group, keys: args.slice(at + 1, middle), idWords: args.slice(middle), count, blockMs, noAck };
    } else if (word === "GROUP" && more >= 2) {
      if (command === "xread") throw GROUP_OF_XREAD;
      group = { name: args[at + 1]!, consumer: args[at + 2]! };
      at += 2;
    } else if (word === "NOACK") {
      if (command === "xread") throw NOACK_OF_XREAD;
      noAck = true;
    } else throw SYNTAX_ERROR;
  }
  throw SYNTAX_ERROR;
}
