import type { BinaryString } from "../../base/bytes.ts";
import { SetReply } from "../../resp/reply.ts";
import { NOT_POSITIVE } from "../collection-refusals.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { notifyRemoval } from "../messages/notify.ts";
import { OUT_OF_RANGE, outOfRange, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, integerWord } from "../words.ts";
import { chooseDistinct, chooseRepeated } from "./random-choice.ts";

/** Members of a set at random. */

interface RandomRequest {
  readonly key: BinaryString;
  /** Null: one member, not in an array. Negative (SRANDMEMBER alone): members may repeat. */
  readonly count: number | null;
}

export const spop = defineCommand<RandomRequest>({
  name: "SPOP",
  group: "set",
  since: "1.0.0",
  arity: -2,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key [count]",
  summary: "Removes random members of a set and answers them.",
  complexity: "O(1) without a count, else O(N) in the number of members popped",
  convergence:
    "M4: chance decides here and the removal is what the others get; of one member popped in two regions at once, " +
    "both may answer it, and it is gone.",
  parse(args) {
    if (args.length > 2) throw SYNTAX_ERROR;
    if (args.length === 1) return { key: args[0]!, count: null };
    const count = clampedIntegerWord(args[1]!, NOT_POSITIVE);
    if (count < 0) throw NOT_POSITIVE;
    return { key: args[0]!, count };
  },
  run(tx, { key, count }, call) {
    const set = tx.sets.get(key);
    if (set === null) return count === null ? null : new SetReply([]);
    const popped = chooseDistinct(set.size, count ?? 1, call.server.random).map((place) => set.members[place]!);
    if (popped.length > 0) {
      tx.sets.remove(key, popped);
      notifyRemoval(tx, call, "set", "spop", key);
    }
    return count === null ? popped[0]! : new SetReply(popped);
  },
});

/** Members of one answer with repetition: bounds what a single word (`-1000000000`) can make us build. */
const RANDOM_MEMBERS_MAX = 10_000_000;

export const srandmember = defineCommand<RandomRequest>({
  name: "SRANDMEMBER",
  group: "set",
  since: "1.0.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [count]",
  summary: "Answers random members of a set: distinct ones, or with a negative count possibly repeated ones.",
  complexity: "O(1) without a count, else O(N) in the number of members answered",
  convergence: READS_LOCALLY,
  parse(args) {
    if (args.length > 2) throw SYNTAX_ERROR;
    if (args.length === 1) return { key: args[0]!, count: null };
    const count = integerWord(args[1]!);
    if (count === -9223372036854775808n) throw outOfRange("-9223372036854775807", "9223372036854775807");
    return { key: args[0]!, count: Number(count) };
  },
  run(tx, { key, count }, call) {
    const set = tx.sets.get(key);
    if (set === null) return count === null ? null : [];
    const { random } = call.server;
    if (count === null) return set.members[random.below(set.size)]!;
    if (count < -RANDOM_MEMBERS_MAX) throw OUT_OF_RANGE;
    const places = count < 0 ? chooseRepeated(set.size, -count, random) : chooseDistinct(set.size, count, random);
    return places.map((place) => set.members[place]!);
  },
});
