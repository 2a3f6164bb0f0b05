import type { Random } from "../../../src/base/random.ts";
import { FAMILIES, LIBRARY, LIBRARY_CALL, SCRIPTS } from "./command-templates.ts";
import { START_MS } from "./virtual-time.ts";

/** One command as words; the word `@D` stands for what DUMP answers for `from` where the command is sent. */
export type Argv = readonly string[];

/** How long things last in this history: everything that is a duration is multiplied by it. */
export interface CommandTaste {
  readonly scale: number;
  /** Scripts cost a Lua machine. */
  readonly scripts: boolean;
  /** FLUSHALL, SWAPDB and their like happen. */
  readonly sweeping: boolean;
}

const FAMILY_NAMES = Object.keys(FAMILIES).filter((name) => name !== "rare");
const KEYED = ["str", "num", "bits", "hll", "hash", "list", "set", "zset", "geo", "stream", "json"];
const PATHS = ["$.n", "$.a", "$.o", "$.o.k", "$.s", "$.t", "$.a[0]"];
const JSON_VALUES = [
  `{"n":1,"a":[1,2],"o":{"k":"v"},"s":"w","t":true}`,
  `{"n":60,"a":[1,"g"]}`,
  `{"o":{"k":2,"m":[]}}`,
  `[1,2]`,
  `7`,
  `0.5`,
  `"w"`,
  `{}`,
];

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

export function randomCommand(random: Random, taste: CommandTaste): Argv {
  const roll = random.below(100);
  if (taste.scripts && roll < 12) return randomScript(random, taste);
  if (taste.sweeping && roll >= 98) return filled(pick(random, FAMILIES["rare"]!), "str", random, taste);
  const family = pick(random, FAMILY_NAMES);
  // A command of one type that meets a key of another is refused, or brings a second type into the key.
  const keys = random.below(16) === 0 ? pick(random, KEYED) : family;
  return filled(pick(random, FAMILIES[family]!), keys, random, taste);
}

function randomScript(random: Random, taste: CommandTaste): Argv {
  const roll = random.below(8);
  if (roll === 0) return ["FUNCTION", "LOAD", "REPLACE", LIBRARY];
  if (roll <= 2) return filled(LIBRARY_CALL, "num", random, taste);
  const { source, words } = pick(random, SCRIPTS);
  if (roll === 3) return ["SCRIPT", "LOAD", source];
  return ["EVAL", source, ...filled(words, "str", random, taste)];
}

/** Half of them long enough to be kept outside V8's heap, in slots of several sizes. */
function textOf(number: number): string {
  return `v${number}`.padEnd(number % 2 === 0 ? 0 : 16 * number, ".");
}

/** The template's words with the holes filled. */
export function filled(template: string, family: string, random: Random, taste: CommandTaste): Argv {
  return template.split(" ").map((word) => fill(word, family, random, taste));
}

function fill(word: string, family: string, random: Random, { scale }: CommandTaste): string {
  const key = (of: string): string => `${of}:${1 + random.below(3)}`;
  const ms = (): number => Math.ceil((30 + random.below(600)) * scale);
  switch (word) {
    case "@K":
    case "@K2":
      return key(family);
    case "@ANY":
      return random.below(4) === 0 ? `any:${1 + random.below(2)}` : key(pick(random, KEYED));
    case "@SESS":
      return random.below(3) === 0 ? `short:${random.below(40)}` : `sess:${1 + random.below(3)}`;
    case "@V":
      return random.below(3) === 0 ? String(random.below(20)) : textOf(random.below(20));
    case "@N":
      return String(random.below(41) - 20);
    case "@X":
      return String((random.below(201) - 100) / 10);
    case "@I":
      return String(random.below(6) - 3);
    case "@C":
      return String(1 + random.below(5));
    case "@T":
      return String(Math.ceil(ms() / 1000));
    case "@TM":
      return String(ms());
    case "@AT":
      return String(Math.ceil((START_MS + 20 * ms()) / 1000));
    case "@ATM":
      return String(START_MS + 20 * ms());
    case "@F":
      return `f${random.below(4)}`;
    case "@M":
      return `m${random.below(6)}`;
    case "@ID":
      return `${START_MS + Math.floor(random.below(3000) * scale)}-${random.below(2)}`;
    case "@G":
      return `g${random.below(2)}`;
    case "@W":
      return `w${random.below(2)}`;
    case "@J":
      return pick(random, JSON_VALUES);
    case "@P":
      return pick(random, PATHS);
    case "@PN":
      return pick(random, ["$.n", "$.o.k", "$.a[0]"]);
    case "@PA":
      return pick(random, ["$.a", "$.o.m"]);
    case "@U":
      return `u${random.below(2)}`;
    case "@D":
      return `@D ${key(pick(random, KEYED))}`;
    default:
      return word.startsWith("'") && word.endsWith("'") ? word.slice(1, -1) : word;
  }
}
