import { parseInt64 } from "../crdt/delta.ts";
import { STRING_BYTES_MAX } from "../resp/request-limits.ts";
import { CONFIG_ALIASES, CONFIG_DEFAULTS, CONFIG_RANGES, type ConfigKind } from "./config-defaults.ts";
import type { Glob } from "./glob.ts";
import { eventLetters, parseEventSettings } from "./messages/event-classes.ts";
import { configSetFailed, duplicateConfig, unknownConfig } from "./refusals.ts";

/**
 * The settings CONFIG GET and SET see. The store validates and remembers; what a setting does is done by whoever listens
 * to it. Values are kept as text, in the form CONFIG GET answers (memory sizes as bytes).
 */
export class ConfigStore {
  readonly #kinds = new Map<string, ConfigKind>();
  readonly #values = new Map<string, string>();
  readonly #listeners = new Map<string, ((value: string) => void)[]>();

  constructor() {
    for (const [name, value, kind] of CONFIG_DEFAULTS) {
      this.#kinds.set(name, kind);
      this.#values.set(name, value);
    }
  }

  /** The value of a known setting. */
  text(name: string): string {
    return this.#values.get(name) ?? "";
  }

  /** The value of a known numeric setting. */
  number(name: string): number {
    return Number(this.text(name));
  }

  /** Bytes that a string value may have: `proto-max-bulk-len`, or what this machine can hold if that is less. */
  get stringBytesMax(): number {
    return Math.min(this.number("proto-max-bulk-len"), STRING_BYTES_MAX);
  }

  isOn(name: string): boolean {
    return this.text(name) === "yes";
  }

  /** Names and values that one of the patterns matches, old names included, in alphabetical order. */
  matching(patterns: readonly Glob[]): readonly (readonly [string, string])[] {
    const found: (readonly [string, string])[] = [];
    const matches = (name: string): boolean => patterns.some((pattern) => pattern.matches(name));
    for (const [name, value] of this.#values) if (matches(name)) found.push([name, value]);
    for (const [alias, name] of Object.entries(CONFIG_ALIASES))
      if (matches(alias)) found.push([alias, this.text(name)]);
    return found.toSorted(([left], [right]) => (left < right ? -1 : 1));
  }

  /** Sets all of the pairs or, when one is refused, none. Throws ReplyError. */
  set(pairs: readonly (readonly [name: string, value: string])[]): void {
    const wanted = new Map<string, string>();
    for (const [given, value] of pairs) {
      const word = given.toLowerCase();
      const name = CONFIG_ALIASES[word] ?? word;
      const kind = this.#kinds.get(name);
      if (kind === undefined) throw unknownConfig(given);
      if (wanted.has(name)) throw duplicateConfig(given);
      wanted.set(name, normalize(word, name, kind, value));
    }
    for (const [name, value] of wanted) this.#values.set(name, value);
    for (const [name, value] of wanted) for (const listener of this.#listeners.get(name) ?? []) listener(value);
  }

  /** What the node starts with, from its flags: nobody is told, since nothing has changed yet. Throws ReplyError. */
  startWith(pairs: readonly (readonly [name: string, value: string])[]): void {
    for (const [name, value] of pairs) this.#values.set(name, normalize(name, name, this.#kinds.get(name)!, value));
  }

  /** Calls `listener` after each CONFIG SET of this name, with the value in its normal form. */
  onChange(name: string, listener: (value: string) => void): void {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener);
    this.#listeners.set(name, listeners);
  }
}

function normalize(shown: string, name: string, kind: ConfigKind, value: string): string {
  if (kind === "text") return value;
  if (kind === "boolean") {
    const word = value.toLowerCase();
    if (word !== "yes" && word !== "no") throw configSetFailed(shown, "argument must be 'yes' or 'no'");
    return word;
  }
  if (kind === "integer" || kind === "memory") {
    const number = kind === "memory" ? parseMemory(value) : parseInteger(value);
    if (number === null) {
      const reason =
        kind === "memory" ? "argument must be a memory value" : "argument couldn't be parsed into an integer";
      throw configSetFailed(shown, reason);
    }
    const range = CONFIG_RANGES[name];
    if (range !== undefined && (number < range[0] || number > range[1])) {
      throw configSetFailed(shown, `argument must be between ${range[0]} and ${range[1]} inclusive`);
    }
    return String(number);
  }
  if (kind === "events") {
    const settings = parseEventSettings(value);
    if (settings === null) {
      throw configSetFailed(shown, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    return eventLetters(settings);
  }
  const word = value.toLowerCase();
  if (!kind.includes(word)) {
    throw configSetFailed(shown, `argument(s) must be one of the following: ${kind.join(", ")}`);
  }
  return word;
}

function parseInteger(value: string): bigint | null {
  const parsed = parseInt64(value);
  return parsed === null ? null : BigInt(parsed);
}

const MEMORY = /^([0-9]{1,18})(b|k|kb|m|mb|g|gb)?$/u;
const UNITS: Readonly<Record<string, bigint>> = {
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1_000_000n,
  mb: 1_048_576n,
  g: 1_000_000_000n,
  gb: 1_073_741_824n,
};

/** `100mb` and its like in bytes. */
function parseMemory(value: string): bigint | null {
  const match = MEMORY.exec(value.toLowerCase());
  return match === null ? null : BigInt(match[1]!) * UNITS[match[2] ?? "b"]!;
}
