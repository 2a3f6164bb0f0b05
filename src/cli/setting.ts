import { AddressRanges } from "../sockets/address-ranges.ts";

/**
 * One setting of a program: a flag, an environment variable and a key of the configuration file at once, in that order of
 * precedence. A program's settings are one table; `--help`, completions, the parser and docs/configuration.md come from it.
 */
export interface Setting<Value> {
  /** Without the dashes: `read-only-token`. The variable is ANTIPODE_READ_ONLY_TOKEN, the file's key `read-only-token`. */
  readonly flag: string;
  /** What `--help` calls the value: `HOST:PORT`. Empty for a switch. */
  readonly argument: string;
  /** One sentence: what it is, and what happens when it is turned up or down. */
  readonly summary: string;
  /** The text taken when nobody says anything; undefined where there is none. */
  readonly fallback?: string;
  /** May be given several times; in the environment separated by commas that are followed by a name and "=". */
  readonly repeatable?: boolean;
  /** Not printed, not logged. */
  readonly secret?: boolean;
  /** Throws SettingError with a sentence that follows the flag's name. */
  readonly parse: (text: string) => Value;
}

/** A value was refused. The message is what the user reads: one line that names the flag and what was wrong with it. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

export interface HostPort {
  readonly host: string;
  /** 0: the system picks. */
  readonly port: number;
}

/** The same, or `fd:3`: a socket that somebody else has opened and listens on, and gives to this process. */
export function parseListenAddress(text: string): HostPort & { readonly fd?: number } {
  const match = /^fd:([0-9]{1,4})$/u.exec(text);
  return match === null ? parseHostPort(text) : { host: "", port: 0, fd: Number(match[1]) };
}

export function parseHostPort(text: string): HostPort {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+):([0-9]{1,5})$/u.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw new SettingError(`wants HOST:PORT, not "${text}"`);
  return { host: match[1]!.replace(/^\[|\]$/gu, ""), port };
}

/** `10.0.0.0/8,192.0.2.7` */
export function parseAddressRanges(text: string): AddressRanges {
  try {
    return new AddressRanges(text.split(","));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SettingError(`wants CIDR,CIDR,…: ${error.message}`);
  }
}

export function parseText(text: string): string {
  if (text === "") throw new SettingError("must not be empty");
  return text;
}

export function parseSwitch(text: string): boolean {
  if (["", "true", "yes", "1", "on"].includes(text)) return true;
  if (["false", "no", "0", "off"].includes(text)) return false;
  throw new SettingError(`is a switch: true or false, not "${text}"`);
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((one) => one === text);
    if (choice === undefined) throw new SettingError(`wants one of ${choices.join(", ")}, not "${text}"`);
    return choice;
  };
}

export function integerBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?[0-9]+$/u.test(text) || value < least || value > most) {
      throw new SettingError(`wants a whole number from ${least} to ${most}, not "${text}"`);
    }
    return value;
  };
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
};

/** `1048576`, `512mb`, `2gb` (powers of 1,024, as Redis). */
export function parseBytes(text: string): number {
  const match = /^([0-9]+)([a-z]*)$/u.exec(text.toLowerCase());
  const unit = match === null ? undefined : BYTE_UNITS[match[2]!];
  if (match === null || unit === undefined) throw new SettingError(`wants bytes such as 512mb, not "${text}"`);
  return Number(match[1]) * unit;
}
