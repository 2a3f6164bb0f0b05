import type { BinaryString } from "../../base/bytes.ts";
import type { JsonValue } from "../../crdt/document/json-value.ts";
import { JsonNumber } from "../../crdt/document/json-value.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { checkDepth, documentOf, matchesOf, outermost } from "../json/json-documents.ts";
import { readJson } from "../json/json-reader.ts";
import { NEW_AT_ROOT, WRONG_FORMAT } from "../json/json-refusals.ts";
import { applyPlan, planSet, type SetPlan } from "../json/set-plan.ts";
import { parsePath } from "../json/path-parser.ts";
import { pathAt } from "../json/read-shape.ts";
import type { JsonPath } from "../json/path.ts";
import { SYNTAX_ERROR, wrongNumberOfArguments } from "../refusals.ts";
import { isWord } from "../words.ts";

/** Writing documents and parts of them. */

const MERGES =
  "J1, J5, J10: keys of objects merge, of two values of one key one wins (Automerge's rule), an array set anew is another array (J8). ";
const DELETE_WINS = "J6: a DEL of the key takes concurrent changes inside the document with it. ";
const KEEPS_DEADLINE = "The key keeps the deadline it had (E4b, E5).";

type Condition = "NX" | "XX" | null;

interface SetRequest {
  readonly key: BinaryString;
  readonly path: JsonPath;
  readonly value: JsonValue;
  readonly condition: Condition;
}

function parseSet(args: readonly BinaryString[]): SetRequest {
  let condition: Condition = null;
  for (let index = 3; index < args.length; index++) {
    if (isWord(args[index], "NX") && condition === null) condition = "NX";
    else if (isWord(args[index], "XX") && condition === null) condition = "XX";
    else if (isWord(args[index], "FORMAT")) checkFormat(args[++index]);
    else throw SYNTAX_ERROR;
  }
  return { key: args[0]!, path: parsePath(args[1]!), value: readJson(args[2]!), condition };
}

function checkFormat(word: BinaryString | undefined): void {
  if (!isWord(word, "STRING") && !isWord(word, "JSON")) throw WRONG_FORMAT;
}

export const jsonSet = defineCommand({
  name: "JSON.SET",
  group: "json",
  since: "1.0.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key path value [NX|XX] [FORMAT STRING|JSON]",
  summary: "Sets the values at a path, or makes a document; null when NX or XX forbids it or the path leads nowhere.",
  complexity: "O(N+M) in the sizes of the value and of what a path looks at",
  convergence: MERGES + DELETE_WINS + KEEPS_DEADLINE,
  parse: parseSet,
  run(tx, { key, path, value, condition }, call): Reply {
    const sight = tx.documents.get(key);
    if (sight === null) {
      if (condition === "XX") return null;
      if (path.steps.length > 0) throw NEW_AT_ROOT;
      checkDepth(null, value);
      tx.documents.create(key, value);
      return OK;
    }
    const plan = planSet(sight, path, value, condition, call);
    if (plan === null) return null;
    tx.documents.edit(key, (edit) => applyPlan(edit, plan, value));
    return OK;
  },
});

interface Triplet {
  readonly key: BinaryString;
  readonly path: JsonPath;
  readonly value: JsonValue;
}

export const jsonMset = defineCommand({
  name: "JSON.MSET",
  group: "json",
  since: "2.6.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: -1, step: 3 },
  syntax: "key path value [key path value ...]",
  summary: "Sets the values at paths of several documents, all or none.",
  complexity: "O(N+M) in the sizes of the values and of what the paths look at",
  convergence: `${MERGES + DELETE_WINS}K2: no region shows a part of it. ${KEEPS_DEADLINE}`,
  parse(args) {
    if (args.length % 3 !== 0) throw wrongNumberOfArguments("json.mset");
    const triplets: Triplet[] = [];
    for (let index = 0; index < args.length; index += 3) {
      triplets.push({ key: args[index]!, path: parsePath(args[index + 1]!), value: readJson(args[index + 2]!) });
    }
    return triplets;
  },
  run(tx, triplets, call): Reply {
    // Everything is checked before anything is written: on what is there before, as RedisJSON checks.
    for (const { key, path, value } of triplets) {
      const sight = tx.documents.get(key);
      if (sight === null && path.steps.length > 0) throw NEW_AT_ROOT;
      if (sight === null) checkDepth(null, value);
      else planSet(sight, path, value, null, call);
    }
    for (const { key, path, value } of triplets) {
      const sight = tx.documents.get(key);
      if (sight === null) tx.documents.create(key, value);
      else {
        const plan = planSet(sight, path, value, null, call);
        if (plan !== null) tx.documents.edit(key, (edit) => applyPlan(edit, plan, value));
      }
    }
    return OK;
  },
});

export const jsonMerge = defineCommand({
  name: "JSON.MERGE",
  group: "json",
  since: "2.6.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key path value [FORMAT STRING|JSON]",
  summary: "Merges a value into the values at a path as RFC 7396 says: objects merge, null removes, all else replaces.",
  complexity: "O(N+M) in the sizes of the value and of what a path looks at",
  convergence: `J4, J7: patches of two regions merge, objects that both made included. ${DELETE_WINS + KEEPS_DEADLINE}`,
  parse(args) {
    for (let index = 3; index < args.length; index++) {
      if (!isWord(args[index], "FORMAT")) throw SYNTAX_ERROR;
      checkFormat(args[++index]);
    }
    return { key: args[0]!, path: parsePath(args[1]!), value: readJson(args[2]!) };
  },
  run(tx, { key, path, value }, call): Reply {
    const sight = tx.documents.get(key);
    if (sight === null) {
      if (path.steps.length > 0) throw NEW_AT_ROOT;
      checkDepth(null, value);
      tx.documents.create(key, value);
      return OK;
    }
    const plan: SetPlan | null = planSet(sight, path, value, null, call);
    if (plan === null) return null;
    tx.documents.edit(key, (edit) => {
      for (const { place, node } of plan.matches) edit.merge(place, node, value);
      for (const place of plan.added) edit.merge(place, undefined, value);
    });
    return OK;
  },
});

function defineDelete(name: string): ReturnType<typeof defineCommand> {
  return defineCommand({
    name,
    group: "json",
    since: "1.0.0",
    arity: -2,
    flags: ["write"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
    syntax: "key [path]",
    summary: "Removes the values at a path, or the document; answers how many.",
    complexity: "O(N) in the number of values a path looks at",
    convergence: `J6: removing the document wins over concurrent changes inside it. Of its parts only what was observed goes (J9). ${KEEPS_DEADLINE}`,
    parse: (args) => ({ key: args[0]!, path: pathAt(args, 1) }),
    run(tx, { key, path }, call) {
      const sight = tx.documents.get(key);
      if (sight === null) return 0;
      if (path.steps.length === 0) return tx.delete(key) ? 1 : 0;
      const matches = outermost(matchesOf(sight, path, call));
      if (matches.some(({ route }) => route === null)) return tx.delete(key) ? 1 : 0;
      if (matches.length > 0) {
        tx.documents.edit(key, (edit) => {
          for (const { place } of matches) edit.remove(place);
        });
      }
      return matches.length;
    },
  });
}

export const jsonDel = defineDelete("JSON.DEL");
export const jsonForget = defineDelete("JSON.FORGET");

function isClear(node: JsonNode): boolean {
  if (node instanceof MapNode) return node.size === 0;
  if (node instanceof ListNode) return node.items.length === 0;
  return !(node instanceof JsonNumber) || node.value === 0;
}

export const jsonClear = defineCommand({
  name: "JSON.CLEAR",
  group: "json",
  since: "2.0.0",
  arity: -2,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key [path]",
  summary: "Empties the objects and arrays at a path and sets its numbers to 0; answers how many.",
  complexity: "O(N) in the number of values cleared and looked at",
  convergence: `Only what was observed goes: what another region adds concurrently stays (J9, J10). ${KEEPS_DEADLINE}`,
  parse: (args) => ({ key: args[0]!, path: pathAt(args, 1) }),
  run(tx, { key, path }, call) {
    const matches = matchesOf(documentOf(tx, key), path, call).filter(({ node }) => !isClear(node));
    const cleared = outermost(matches);
    if (cleared.length === 0) return 0;
    tx.documents.edit(key, (edit) => {
      for (const { node, place } of cleared) {
        if (node instanceof MapNode || node instanceof ListNode) edit.clear(node);
        else edit.set(place, JsonNumber.ofInteger(0));
      }
    });
    return cleared.length;
  },
});
