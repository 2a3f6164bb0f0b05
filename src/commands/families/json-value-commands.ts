import type { BinaryString } from "../../base/bytes.ts";
import type { Delta } from "../../crdt/delta.ts";
import { JsonNumber } from "../../crdt/document/json-value.ts";
import { deltaOf, shownSum, storedScalar } from "../../crdt/document/stored-value.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, type Command } from "../define-command.ts";
import { byteLength, documentOf, each, matchesOf, numberReply, speaksResp3, typeName } from "../json/json-documents.ts";
import { readJson } from "../json/json-reader.ts";
import { BAD_NUMBER, NOT_A_NUMBER, noSuchPathOr, wrongType } from "../json/json-refusals.ts";
import type { Match } from "../json/path-evaluator.ts";
import { LEGACY_ROOT, parsePath } from "../json/path-parser.ts";
import type { JsonPath } from "../json/path.ts";

/** Changing single values: numbers, booleans, strings. */

interface NumberRequest {
  readonly key: BinaryString;
  readonly path: JsonPath;
  readonly operand: JsonNumber;
}

function parseNumber(args: readonly BinaryString[]): NumberRequest {
  const operand = readJson(args[2]!);
  if (!(operand instanceof JsonNumber)) throw BAD_NUMBER;
  return { key: args[0]!, path: parsePath(args[1]!), operand };
}

interface Result {
  readonly match: Match;
  readonly number: JsonNumber;
}

/** The results at each match, null where there is no number. Throws before anything is written. */
function compute(
  tx: Transaction,
  { key, path }: NumberRequest,
  call: CommandCall,
  next: (number: JsonNumber) => JsonNumber | null,
): readonly (Result | null)[] {
  const results = matchesOf(documentOf(tx, key), path, call).map((match) => {
    if (!(match.node instanceof JsonNumber)) return null;
    const number = next(match.node);
    if (number === null) throw NOT_A_NUMBER;
    return { match, number };
  });
  if (path.isLegacy && results.every((one) => one === null))
    throw noSuchPathOr(path.full, "does not contains a number");
  return results;
}

function answerNumbers(results: readonly (Result | null)[], { path }: NumberRequest, call: CommandCall): Reply {
  if (speaksResp3(call)) {
    return results.map((one) => (one === null ? null : numberReply(one.number)));
  }
  if (path.isLegacy) return results.findLast((one) => one !== null)!.number.text;
  return `[${results.map((one) => one?.number.text ?? "null").join(",")}]`;
}

export const jsonNumincrby = defineCommand({
  name: "JSON.NUMINCRBY",
  group: "json",
  since: "1.0.0",
  arity: 4,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key path number",
  summary: "Adds to the numbers at a path; answers what they are then.",
  complexity: "O(N) in the number of values a path looks at",
  convergence:
    "J2, J7: increments of all regions add up, fractions too, and beside a concurrent write (J9: of a removed number from zero).",
  parse: parseNumber,
  run(tx, request, call) {
    const delta: Delta = deltaOf(storedScalar(request.operand));
    const results = compute(tx, request, call, (number) => shownSum(number, delta));
    tx.documents.edit(request.key, (edit) => {
      for (const result of results) if (result !== null) edit.add(result.match.place, delta);
    });
    return answerNumbers(results, request, call);
  },
});

function product(left: JsonNumber, right: JsonNumber): JsonNumber | null {
  if (left.isInteger && right.isInteger) return JsonNumber.ofInteger(BigInt(left.text) * BigInt(right.text));
  const value = left.value * right.value;
  return Number.isFinite(value) ? JsonNumber.ofDouble(value) : null;
}

export const jsonNummultby = defineCommand({
  name: "JSON.NUMMULTBY",
  group: "json",
  since: "1.0.0",
  arity: 4,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key path number",
  summary: "Multiplies the numbers at a path; answers what they are then.",
  complexity: "O(N) in the number of values a path looks at",
  convergence:
    "J5: a product is a value set anew: of two regions' one wins. Concurrent increments count beside it (J7).",
  parse: parseNumber,
  run(tx, request, call) {
    const results = compute(tx, request, call, (number) => product(number, request.operand));
    tx.documents.edit(request.key, (edit) => {
      for (const result of results) if (result !== null) edit.set(result.match.place, result.number);
    });
    return answerNumbers(results, request, call);
  },
});

/** The matches that `fits`; a legacy path has to find one. */
function fitting(
  matches: readonly Match[],
  path: JsonPath,
  fits: (match: Match) => boolean,
  refusal: (path: string) => ReplyError,
): Match[] {
  const found = matches.filter((match) => fits(match));
  if (path.isLegacy && found.length === 0) throw refusal(path.full);
  return found;
}

export const jsonToggle: Command = defineCommand({
  name: "JSON.TOGGLE",
  group: "json",
  since: "2.0.0",
  arity: 3,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key path",
  summary: "Turns the booleans at a path round; answers what they are then.",
  complexity: "O(N) in the number of values a path looks at",
  convergence: "J5: a boolean is set to what its origin saw turned round: of two regions' one wins.",
  parse: (args) => ({ key: args[0]!, path: parsePath(args[1]!) }),
  run(tx, { key, path }, call): Reply {
    const matches = matchesOf(documentOf(tx, key), path, call);
    const booleans = fitting(
      matches,
      path,
      ({ node }) => typeof node === "boolean",
      (at) => noSuchPathOr(at, "not a bool"),
    );
    tx.documents.edit(key, (edit) => {
      for (const { place, node } of booleans) edit.set(place, !(node as boolean));
    });
    if (path.isLegacy) return String(!(booleans.at(-1)!.node as boolean));
    return each(matches, ({ node }) => (typeof node === "boolean" ? Number(!node) : undefined));
  },
});

interface AppendRequest {
  readonly key: BinaryString;
  readonly path: JsonPath;
  readonly text: string;
}

export const jsonStrappend = defineCommand({
  name: "JSON.STRAPPEND",
  group: "json",
  since: "1.0.0",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key [path] value",
  summary: "Appends to the strings at a path; answers their lengths then.",
  complexity: "O(N) in the size of the strings and of what a path looks at",
  convergence: "S5, J5: the string is set anew: of two regions' **one wins**.",
  parse(args): AppendRequest {
    const text = readJson(args[2] ?? args[1]!);
    if (typeof text !== "string") throw wrongType("string", nameOf(text));
    return { key: args[0]!, path: args[2] === undefined ? LEGACY_ROOT : parsePath(args[1]!), text };
  },
  run(tx, { key, path, text }, call): Reply {
    const matches = matchesOf(documentOf(tx, key), path, call);
    const strings = fitting(
      matches,
      path,
      ({ node }) => typeof node === "string",
      (at) => noSuchPathOr(at, "not a string"),
    );
    tx.documents.edit(key, (edit) => {
      for (const { place, node } of strings) edit.set(place, (node as string) + text);
    });
    const lengthOf = (node: unknown): number => byteLength((node as string) + text);
    if (path.isLegacy) return lengthOf(strings.at(-1)!.node);
    return each(matches, ({ node }) => (typeof node === "string" ? lengthOf(node) : undefined));
  },
});

function nameOf(value: ReturnType<typeof readJson>): string {
  if (value instanceof Map) return "object";
  return Array.isArray(value) ? "array" : typeName(value as never);
}
