import { NULL_ARRAY } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord } from "../words.ts";
import { distanceMeters, geohashText, placeOfScore, scoreOfPlace } from "./geo-hash.ts";
import { distanceText, placeReply, placeWords, unitWord } from "./geo-words.ts";
import { addAll, type AddOption, type AddRequest } from "./sorted-set-write-commands.ts";

/** Places: members of a sorted set whose scores are geohashes. */

const ADD_OPTIONS = ["NX", "XX", "CH"] as const satisfies readonly AddOption[];

function addRequest(args: readonly string[]): AddRequest {
  const options = new Set<AddOption>();
  let at = 1;
  for (; at < args.length; at++) {
    const option = ADD_OPTIONS.find((one) => isWord(args[at], one));
    if (option === undefined) break;
    options.add(option);
  }
  const words = args.slice(at);
  if (words.length === 0 || words.length % 3 !== 0 || (options.has("NX") && options.has("XX"))) throw SYNTAX_ERROR;
  const scored = [];
  for (let index = 0; index < words.length; index += 3) {
    const score = scoreOfPlace(placeWords(words[index]!, words[index + 1]!));
    scored.push({ score, member: words[index + 2]! });
  }
  return { key: args[0]!, options, scored };
}

export const geoadd = defineCommand<AddRequest>({
  name: "GEOADD",
  group: "geo",
  since: "3.2.0",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
  summary: "Gives members their places on Earth; answers how many members are new.",
  complexity: "O(log(N)) for each member given",
  convergence:
    "Z1, Z3: of two places given to one member the later wins. Z5: conditions are decided by what this region sees.",
  parse: addRequest,
  run: addAll,
});

export const geopos = defineCommand({
  name: "GEOPOS",
  group: "geo",
  since: "3.2.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [member [member ...]]",
  summary: "Answers the places of members; null where there is none.",
  complexity: "O(N) in the number of members given",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, members: args.slice(1) }),
  run(tx, { key, members }) {
    const set = tx.sortedSets.get(key);
    return members.map((member) => {
      const score = set?.score(member) ?? null;
      return score === null ? NULL_ARRAY : placeReply(placeOfScore(score));
    });
  },
});

export const geohash = defineCommand({
  name: "GEOHASH",
  group: "geo",
  since: "3.2.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [member [member ...]]",
  summary: "Answers the places of members as geohashes of eleven characters; null where there is none.",
  complexity: "O(N) in the number of members given",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, members: args.slice(1) }),
  run(tx, { key, members }) {
    const set = tx.sortedSets.get(key);
    return members.map((member) => {
      const score = set?.score(member) ?? null;
      return score === null ? null : geohashText(placeOfScore(score));
    });
  },
});

export const geodist = defineCommand({
  name: "GEODIST",
  group: "geo",
  since: "3.2.0",
  arity: -4,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key member1 member2 [M | KM | FT | MI]",
  summary: "Answers how far two members are from each other.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse(args) {
    if (args.length > 4) throw SYNTAX_ERROR;
    return { key: args[0]!, from: args[1]!, to: args[2]!, metersPerUnit: unitWord(args[3] ?? "m") };
  },
  run(tx, { key, from, to, metersPerUnit }) {
    const set = tx.sortedSets.get(key);
    const [start, end] = [set?.score(from) ?? null, set?.score(to) ?? null];
    if (start === null || end === null) return null;
    return distanceText(distanceMeters(placeOfScore(start), placeOfScore(end)) / metersPerUnit);
  },
});
