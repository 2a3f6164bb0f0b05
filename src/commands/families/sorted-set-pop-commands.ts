import type { BinaryString } from "../../base/bytes.ts";
import type { Scored } from "../../crdt/score.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { COUNT_NOT_POSITIVE, NOT_POSITIVE, NUMKEYS_NOT_POSITIVE } from "../collection-refusals.ts";
import { defineCommand, type Command } from "../define-command.ts";
import { KeyWait } from "../key-wait.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord, timeoutWord } from "../words.ts";
import { pairReply, scoredReply } from "./sorted-set-replies.ts";

/** Taking members from an end of a sorted set, and waiting until there is one. */

type End = "MIN" | "MAX";

const POPS =
  "Z3, M4: the removal of what was popped here is what the others get; of one member popped in two regions at once, both may " +
  "answer it, and it is gone.";
const WAITS = " L7: clients that wait in two regions may each get one member that is added.";

/** Removes up to `count` members from one end and answers them, the outermost first; null when the key is absent. */
function pop(tx: Transaction, key: BinaryString, end: End, count: number): readonly Scored[] | null {
  const set = tx.sortedSets.get(key);
  if (set === null) return null;
  const popped = end === "MIN" ? set.slice(0, count) : set.slice(Math.max(0, set.size - count), set.size).toReversed();
  // Kept as they are now: the set's own entries change when it does.
  const members = popped.map(({ member, score }) => ({ member, score }));
  if (members.length > 0) {
    tx.sortedSets.remove(
      key,
      members.map(({ member }) => member),
    );
  }
  return members;
}

function definePop(end: End): Command {
  return defineCommand<{ readonly key: BinaryString; readonly count: number | null }>({
    name: `ZPOP${end}`,
    group: "sorted-set",
    since: "5.0.0",
    arity: -2,
    flags: ["write", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
    syntax: "key [count]",
    summary: `Removes the members of a sorted set with the ${end === "MIN" ? "lowest" : "highest"} scores and answers them.`,
    complexity: "O(M*log(N)) for M members popped",
    convergence: POPS,
    parse(args) {
      if (args.length > 2) throw SYNTAX_ERROR;
      if (args.length === 1) return { key: args[0]!, count: null };
      const count = clampedIntegerWord(args[1]!, NOT_POSITIVE);
      if (count < 0) throw NOT_POSITIVE;
      return { key: args[0]!, count };
    },
    run(tx, { key, count }, call) {
      const popped = pop(tx, key, end, count ?? 1) ?? [];
      // Without a count, one flat pair in RESP3 too.
      return count === null ? popped.flatMap(pairReply) : scoredReply(popped, true, call);
    },
  });
}

function defineBlockingPop(end: End): Command {
  return defineCommand<{ readonly keys: readonly BinaryString[]; readonly timeoutMs: number }>({
    name: `BZPOP${end}`,
    group: "sorted-set",
    since: "5.0.0",
    arity: -3,
    flags: ["write", "blocking", "fast"],
    keys: { first: 1, last: -2, step: 1, flags: ["RW", "access", "delete"] },
    syntax: "key [key ...] timeout",
    summary: `ZPOP${end} on the first of several sorted sets that has members, waiting for one when none has.`,
    complexity: "O(log(N))",
    convergence: POPS + WAITS,
    parse: (args) => ({ keys: args.slice(0, -1), timeoutMs: timeoutWord(args.at(-1)!) }),
    run(tx, { keys, timeoutMs }): Reply | KeyWait {
      for (const key of keys) {
        const popped = pop(tx, key, end, 1);
        if (popped !== null) return [key, ...pairReply(popped[0]!)];
      }
      return new KeyWait({ keys, type: "zset", timeoutMs, timedOut: NULL_ARRAY });
    },
  });
}

export const zpopmin = definePop("MIN");
export const zpopmax = definePop("MAX");
export const bzpopmin = defineBlockingPop("MIN");
export const bzpopmax = defineBlockingPop("MAX");

interface MultiPopRequest {
  readonly keys: readonly BinaryString[];
  readonly end: End;
  readonly count: number;
}

/** `numkeys key [key ...] MIN | MAX [COUNT count]`. */
function multiPopRequest(words: readonly BinaryString[]): MultiPopRequest {
  const keyCount = clampedIntegerWord(words[0]!, NUMKEYS_NOT_POSITIVE);
  if (keyCount <= 0) throw NUMKEYS_NOT_POSITIVE;
  const endWord = words[keyCount + 1];
  if (!isWord(endWord, "MIN") && !isWord(endWord, "MAX")) throw SYNTAX_ERROR;
  const options = words.slice(keyCount + 2);
  if (options.length > 0 && (options.length !== 2 || !isWord(options[0], "COUNT"))) throw SYNTAX_ERROR;
  const count = options.length === 0 ? 1 : clampedIntegerWord(options[1]!, COUNT_NOT_POSITIVE);
  if (count <= 0) throw COUNT_NOT_POSITIVE;
  return { keys: words.slice(1, keyCount + 1), end: isWord(endWord, "MIN") ? "MIN" : "MAX", count };
}

/** Null when no key has members. */
function multiPop(tx: Transaction, { keys, end, count }: MultiPopRequest): Reply {
  for (const key of keys) {
    const popped = pop(tx, key, end, count);
    if (popped !== null) return [key, popped.map(pairReply)];
  }
  return null;
}

export const zmpop = defineCommand<MultiPopRequest>({
  name: "ZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  arity: -4,
  flags: ["write"],
  keys: { countAt: 1, flags: ["RW", "access", "delete"] },
  syntax: "numkeys key [key ...] <MIN | MAX> [COUNT count]",
  summary:
    "Removes members from an end of the first of several sorted sets that has any, and answers them with its name.",
  complexity: "O(K)+O(M*log(N)) for K keys and M members popped",
  convergence: POPS,
  parse: multiPopRequest,
  run: (tx, request) => multiPop(tx, request) ?? NULL_ARRAY,
});

export const bzmpop = defineCommand<MultiPopRequest & { readonly timeoutMs: number }>({
  name: "BZMPOP",
  group: "sorted-set",
  since: "7.0.0",
  arity: -5,
  flags: ["write", "blocking"],
  keys: { countAt: 2, flags: ["RW", "access", "delete"] },
  syntax: "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
  summary: "ZMPOP that waits for a member when none of the sorted sets has one.",
  complexity: "O(K)+O(M*log(N)) for K keys and M members popped",
  convergence: POPS + WAITS,
  // Of two mistakes the timeout's is named last.
  parse: (args) => ({ ...multiPopRequest(args.slice(1)), timeoutMs: timeoutWord(args[0]!) }),
  run: (tx, request) =>
    multiPop(tx, request) ??
    new KeyWait({ keys: request.keys, type: "zset", timeoutMs: request.timeoutMs, timedOut: NULL_ARRAY }),
});
