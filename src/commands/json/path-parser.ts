import { binaryToUtf8, type BinaryString } from "../../base/bytes.ts";
import { PATH_LENGTH_MAX, PATH_TOO_LONG, badPath } from "./json-refusals.ts";
import { FilterParser } from "./filter-parser.ts";
import type { JsonPath, PathStep } from "./path.ts";
import { Scanner } from "./scanner.ts";

/** Compiles a path as a client wrote it. Throws a refusal that says where it stops making sense. */
export function parsePath(word: BinaryString): JsonPath {
  if (word.length > PATH_LENGTH_MAX) throw PATH_TOO_LONG;
  const original = binaryToUtf8(word);
  const isLegacy = !/^\$(?:$|[.[])/u.test(original);
  const scanner = new Scanner(isLegacy ? withRoot(original) : original);
  scanner.take("$");
  const steps = scanner.isAtEnd ? [] : parseSteps(scanner);
  if (!scanner.isAtEnd) throw badPath(scanner.text, scanner.position);
  return { original, full: scanner.text, isLegacy, steps };
}

/** The default of commands whose path may be left out. */
export const LEGACY_ROOT: JsonPath = { original: ".", full: "$", isLegacy: true, steps: [] };

function withRoot(legacy: string): string {
  if (legacy === ".") return "$";
  return legacy.startsWith(".") || legacy.startsWith("[") ? `$${legacy}` : `$.${legacy}`;
}

/** One element or more; of the first the dot may be missing. */
export function parseSteps(scanner: Scanner): PathStep[] {
  const steps: PathStep[] = [];
  if (!scanner.sees(".") && !scanner.sees("[")) steps.push(nameStep(scanner));
  while (!scanner.isAtEnd) {
    if (scanner.take("..")) {
      steps.push({ kind: "scan" }, scanner.take("[") ? bracketStep(scanner) : nameStep(scanner));
    } else if (scanner.take(".")) {
      steps.push(scanner.take("[") ? bracketStep(scanner) : nameStep(scanner));
    } else if (scanner.take("[")) {
      steps.push(bracketStep(scanner));
    } else {
      break;
    }
  }
  if (steps.length === 0) throw badPath(scanner.text, scanner.position);
  return steps;
}

function nameStep(scanner: Scanner): PathStep {
  if (scanner.take("*")) return { kind: "all" };
  return { kind: "keys", keys: [scanner.name()] };
}

/** What stands between brackets; the first one is taken. */
function bracketStep(scanner: Scanner): PathStep {
  const step = insideOfBrackets(scanner);
  scanner.expect("]");
  return step;
}

function insideOfBrackets(scanner: Scanner): PathStep {
  if (scanner.take("*")) return { kind: "all" };
  if (scanner.take("?")) return { kind: "filter", filter: new FilterParser(scanner, parseSteps).filter() };
  if (scanner.sees("'") || scanner.sees('"')) {
    const keys = [scanner.quoted()];
    while (scanner.take(",")) keys.push(scanner.quoted());
    return { kind: "keys", keys };
  }
  const start = scanner.sees(":") ? null : scanner.integer();
  if (scanner.take(":")) return rangeFrom(scanner, start);
  const indexes = [start!];
  while (scanner.take(",")) indexes.push(scanner.integer());
  return { kind: "indexes", indexes };
}

function rangeFrom(scanner: Scanner, start: number | null): PathStep {
  const end = scanner.sees(":") || scanner.sees("]") ? null : scanner.integer();
  let every = 1;
  if (scanner.take(":") && !scanner.sees("]")) {
    const { position } = scanner;
    every = scanner.integer();
    if (every < 1) throw badPath(scanner.text, position);
  }
  return { kind: "range", start, end, every };
}
