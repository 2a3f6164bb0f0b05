import type { BinaryString } from "../../base/bytes.ts";
import { findKeys } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";
import { Glob } from "../glob.ts";
import type { KeyFlag } from "../key-specs.ts";
import { CommandRules, type CommandNames } from "./command-rules.ts";
import { AFTER_ALL_CHANNELS, AFTER_ALL_KEYS, RuleFault, SYNTAX, UNKNOWN_NAME } from "./rule-fault.ts";

/** Why a call is refused. `index`: the argument that names the key or the channel. */
export interface Denial {
  readonly reason: "command" | "key" | "channel";
  readonly index: number;
}

/** Keys that match may be read, written, or both. */
interface KeyPattern {
  readonly pattern: BinaryString;
  readonly glob: Glob;
  readonly read: boolean;
  readonly write: boolean;
}

const SPACE = /[\s\0]/u;
const WRITES: readonly KeyFlag[] = ["insert", "delete", "update"];

/**
 * One set of rights of a user: commands, keys and channels that go together. A user has one, the root, and any number of
 * others besides; a call needs to be allowed as a whole by one of them.
 */
export class Selector {
  readonly commands: CommandRules;
  #keys: readonly KeyPattern[] | "all" = [];
  #channels: readonly { readonly pattern: BinaryString; readonly glob: Glob }[] | "all" = [];

  constructor(commands = new CommandRules()) {
    this.commands = commands;
  }

  copy(): Selector {
    const copy = new Selector(this.commands.copy());
    copy.#keys = this.#keys;
    copy.#channels = this.#channels;
    return copy;
  }

  get allowsAll(): boolean {
    return this.commands.all && this.#keys === "all" && this.allowsAllChannels;
  }

  get allowsAllChannels(): boolean {
    return this.#channels === "all";
  }

  /** `~a* %R~b*`, as ACL GETUSER has it. */
  get readsAllKeys(): boolean {
    return this.#keys === "all" || this.#keys.some(({ pattern, read }) => pattern === "*" && read);
  }

  get keysText(): BinaryString {
    if (this.#keys === "all") return "~*";
    return this.#keys.map(textOf).join(" ");
  }

  get channelsText(): BinaryString {
    return this.#channels === "all" ? "&*" : this.#channels.map(({ pattern }) => `&${pattern}`).join(" ");
  }

  /** All of it, as ACL SETUSER takes it. */
  get text(): BinaryString {
    const channels = this.#channels === "all" ? ["&*"] : ["resetchannels", this.channelsText];
    // `~*` would be read as all keys, to which no pattern can be added: not the same as a pattern that matches every key.
    const keys =
      this.#keys === "all"
        ? ["~*"]
        : this.#keys.map((one) => (one.pattern === "*" && one.read && one.write ? "%RW~*" : textOf(one)));
    return [...keys, ...channels, this.commands.text].filter((part) => part !== "").join(" ");
  }

  /** Applies one rule. Throws RuleFault. `lenient`: names of commands that are not known are kept and have no effect. */
  apply(rule: BinaryString, commands: CommandNames, lenient = false): void {
    switch (rule.toLowerCase()) {
      case "allkeys":
      case "~*":
        this.#keys = "all";
        return;
      case "resetkeys":
        this.#keys = [];
        return;
      case "allchannels":
      case "&*":
        this.#channels = "all";
        return;
      case "resetchannels":
        this.#channels = [];
        return;
      case "allcommands":
      case "+@all":
        this.commands.allowAll();
        return;
      case "nocommands":
      case "-@all":
        this.commands.forbidAll();
        return;
      default:
        this.#applyNamed(rule, commands, lenient);
    }
  }

  /** Null when the call is allowed. */
  denial(command: CommandInfo, argv: readonly BinaryString[]): Denial | null {
    if (!command.runsUnauthenticated && !this.commands.allows(command, argv)) return { reason: "command", index: 0 };
    if (this.#keys !== "all" && (command.keySpecs.length > 0 || command.findKeys !== undefined)) {
      for (const { index, flags } of findKeys(command, argv) ?? []) {
        if (!this.#allowsKey(argv[index]!, flags)) return { reason: "key", index };
      }
    }
    const { channels } = command;
    if (this.#channels === "all" || channels === undefined) return null;
    const last = channels.last < 0 ? argv.length + channels.last : channels.last;
    for (let index = channels.first; index <= last && index < argv.length; index++) {
      if (!this.allowsChannel(argv[index]!, channels.pattern === true)) return { reason: "channel", index };
    }
    return null;
  }

  /** `literal`: the channel is a pattern, which a right must name as it is. */
  allowsChannel(channel: BinaryString, literal: boolean): boolean {
    if (this.#channels === "all") return true;
    return this.#channels.some(({ pattern, glob }) => (literal ? pattern === channel : glob.matches(channel)));
  }

  #allowsKey(key: BinaryString, flags: readonly KeyFlag[]): boolean {
    if (this.#keys === "all") return true;
    const reads = flags.includes("access");
    const writes = WRITES.some((flag) => flags.includes(flag));
    return this.#keys.some(({ glob, read, write }) => (read || !reads) && (write || !writes) && glob.matches(key));
  }

  #applyNamed(rule: BinaryString, commands: CommandNames, lenient: boolean): void {
    const name = rule.slice(1);
    switch (rule[0]) {
      case "~":
        this.#addKeys(name, true, true);
        return;
      case "%":
        this.#addLimitedKeys(name);
        return;
      case "&":
        this.#addChannels(name);
        return;
      case "+":
      case "-":
        try {
          this.commands.change(name.toLowerCase(), rule[0] === "+", commands);
        } catch (error) {
          if (!lenient || !(error instanceof RuleFault) || error !== UNKNOWN_NAME) throw error;
          this.commands.keepUnknown(rule);
        }
        return;
      default:
        throw SYNTAX;
    }
  }

  /** `R~a*`, `W~a*`, `RW~a*`. */
  #addLimitedKeys(rule: BinaryString): void {
    if (this.#keys === "all") throw AFTER_ALL_KEYS;
    const end = rule.indexOf("~");
    const letters = rule.slice(0, Math.max(0, end)).toUpperCase();
    if (end < 0 || !/^(?:R|W|RW|WR)$/u.test(letters)) throw SYNTAX;
    this.#addKeys(rule.slice(end + 1), letters.includes("R"), letters.includes("W"));
  }

  #addKeys(pattern: BinaryString, read: boolean, write: boolean): void {
    if (this.#keys === "all") throw AFTER_ALL_KEYS;
    if (SPACE.test(pattern)) throw SYNTAX;
    const at = this.#keys.findIndex((one) => one.pattern === pattern);
    if (at < 0) {
      this.#keys = [...this.#keys, { pattern, glob: new Glob(pattern), read, write }];
      return;
    }
    const known = this.#keys[at]!;
    this.#keys = this.#keys.with(at, { ...known, read: known.read || read, write: known.write || write });
  }

  #addChannels(pattern: BinaryString): void {
    if (this.#channels === "all") throw AFTER_ALL_CHANNELS;
    if (SPACE.test(pattern)) throw SYNTAX;
    if (this.#channels.some((one) => one.pattern === pattern)) return;
    this.#channels = [...this.#channels, { pattern, glob: new Glob(pattern) }];
  }
}

function textOf({ pattern, read, write }: KeyPattern): BinaryString {
  if (read && write) return `~${pattern}`;
  return `${read ? "%R~" : "%W~"}${pattern}`;
}
