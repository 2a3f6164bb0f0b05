import type { BinaryString } from "../base/bytes.ts";
import { parseInt64 } from "../crdt/delta.ts";
import type { CommandInfo, CommandMeta } from "./command-meta.ts";
import type { KeyFlag, KeyRange, KeySpec, KeysAfterWord, KeyUse } from "./key-specs.ts";

/** Finding keys in an argument vector, by the command's declaration. */

const READ: readonly KeyFlag[] = ["RO", "access"];
const READ_AND_UPDATED: readonly KeyFlag[] = ["RW", "access", "update"];
const NO_KEYS: readonly KeyUse[] = [];

export function keySpecsOf(meta: Pick<CommandMeta, "keys">): readonly KeySpec[] {
  const { keys } = meta;
  if (keys === undefined) return [];
  return Array.isArray(keys) ? (keys as readonly KeySpec[]) : [keys as KeySpec];
}

/** Redis' words for what a command does to the keys that one specification finds. */
export function keyFlagsOf(command: Pick<CommandInfo, "isWrite">, spec: KeySpec): readonly KeyFlag[] {
  return spec.flags ?? (command.isWrite ? READ_AND_UPDATED : READ);
}

/**
 * The keys of a call, in order, with what is done to each. Null when the words make no sense: a count that is none, a word that is
 * missing. What is no key by its flags is left out.
 */
export function findKeys(command: CommandInfo, argv: readonly BinaryString[]): readonly KeyUse[] | null {
  if (command.findKeys !== undefined) return command.findKeys(argv);
  const specs = command.keySpecs;
  if (specs.length === 0) return NO_KEYS;
  const found: KeyUse[] = [];
  for (const spec of specs) {
    const flags = keyFlagsOf(command, spec);
    if (flags.includes("not_key")) continue;
    if (!findBySpec(spec, flags, argv, found)) return null;
  }
  return found;
}

/** Keys counted by the word at `countAt`, for a `findKeys` of one's own. Null when the count is none. */
export function countedKeys(
  argv: readonly BinaryString[],
  countAt: number,
  flags: readonly KeyFlag[] = READ,
): KeyUse[] | null {
  const count = parseInt64(argv[countAt] ?? "");
  if (typeof count !== "number" || count < 0 || count > argv.length - countAt - 1) return null;
  return Array.from({ length: count }, (_, index) => ({ index: countAt + 1 + index, flags }));
}

function findBySpec(spec: KeySpec, flags: readonly KeyFlag[], argv: readonly BinaryString[], found: KeyUse[]): boolean {
  if ("first" in spec) {
    addRange(spec, flags, argv, found);
    return true;
  }
  if ("countAt" in spec) {
    const counted = countedKeys(argv, spec.countAt, flags);
    if (counted === null) return false;
    found.push(...counted);
    return true;
  }
  if ("word" in spec) {
    addAfterWord(spec, flags, argv, found);
    return true;
  }
  return false;
}

function addRange(
  { first, last, step }: KeyRange,
  flags: readonly KeyFlag[],
  argv: readonly BinaryString[],
  found: KeyUse[],
) {
  const end = Math.min(last < 0 ? argv.length + last : last, argv.length - 1);
  for (let index = first; index <= end; index += step) found.push({ index, flags });
}

function addAfterWord(spec: KeysAfterWord, flags: readonly KeyFlag[], argv: readonly BinaryString[], found: KeyUse[]) {
  const at = wordAt(argv, spec.word, spec.from);
  if (at < 0) return;
  const first = at + 1;
  let last = argv.length - 1;
  if (spec.last >= 0) last = Math.min(last, first + spec.last);
  else last = first + Math.floor((argv.length - first) / (spec.limit ?? 1)) - 1 + (spec.last + 1);
  for (let index = first; index <= last; index += spec.step) found.push({ index, flags });
}

function wordAt(argv: readonly BinaryString[], word: string, from: number): number {
  const is = (argument: BinaryString): boolean => argument.length === word.length && argument.toUpperCase() === word;
  if (from >= 0) return argv.findIndex((argument, index) => index >= from && is(argument));
  for (let index = argv.length + from; index > 0; index--) if (is(argv[index]!)) return index;
  return -1;
}

/** First, last and step as one range, for old clients; and whether that is not the whole truth (Redis' `movablekeys`). */
export interface LegacyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly movable: boolean;
}

export function legacyRangeOf(specs: readonly KeySpec[]): LegacyRange {
  let movable = specs.some((spec) => !("first" in spec) || spec.flags?.includes("incomplete") === true);
  if (specs.length === 1 && "first" in specs[0]!) return { ...rangeOf(specs[0]), movable };
  let [first, last] = [0, 0];
  for (const spec of specs) {
    if (!("first" in spec)) continue;
    if (spec.step !== 1 || (first > 0 && (last < 0 || spec.first !== last + 1))) {
      movable = true;
      continue;
    }
    if (first === 0) first = spec.first;
    last = spec.last;
  }
  return { first, last, step: first === 0 ? 0 : 1, movable };
}

function rangeOf({ first, last, step }: KeyRange): Omit<LegacyRange, "movable"> {
  return { first, last, step };
}
