import type { BinaryString } from "../../base/bytes.ts";
import { ACL_CATEGORIES } from "../acl-category.ts";
import type { CommandInfo } from "../command-meta.ts";
import { ARGUMENT_OF_SUBCOMMAND, SYNTAX, UNKNOWN_NAME } from "./rule-fault.ts";

/** The commands there are, by lower-case name; subcommands are in their containers. */
export type CommandNames = ReadonlyMap<string, CommandInfo>;

/**
 * Which commands may be run: `+get -config|set +@read -@all +select|0`. The rules are kept as they were given, the later of two
 * about the same thing alone, as Redis 7.2 does; beside them stands what they come to.
 */
export class CommandRules {
  #all = false;
  #allowed = new Set<string>();
  /** First arguments with which a command may be run that otherwise may not: `select` → `0`. */
  #firstArguments = new Map<string, Set<string>>();
  #rules: string[] = ["-@all"];

  copy(): CommandRules {
    const copy = new CommandRules();
    copy.#all = this.#all;
    copy.#allowed = new Set(this.#allowed);
    for (const [name, words] of this.#firstArguments) copy.#firstArguments.set(name, new Set(words));
    copy.#rules = [...this.#rules];
    return copy;
  }

  /** Every command, also those that are not there yet. */
  get all(): boolean {
    return this.#all;
  }

  /** As ACL SETUSER takes them. */
  get text(): string {
    return this.#rules.join(" ");
  }

  allows(command: CommandInfo, argv: readonly BinaryString[]): boolean {
    if (this.#all || this.#allowed.has(command.fullName)) return true;
    const words = this.#firstArguments.get(command.fullName);
    return words !== undefined && argv.length > 1 && words.has(argv[1]!.toLowerCase());
  }

  allowAll(): void {
    this.#all = true;
    this.#allowed.clear();
    this.#firstArguments.clear();
    this.#rules = ["+@all"];
  }

  forbidAll(): void {
    this.#all = false;
    this.#allowed.clear();
    this.#firstArguments.clear();
    this.#rules = ["-@all"];
  }

  /** `get`, `config|get`, `select|0`, `@read`. Throws RuleFault. */
  change(name: string, allow: boolean, commands: CommandNames): void {
    if (name.startsWith("@")) this.#changeCategory(name, allow, commands);
    else this.#changeCommand(name, allow, commands);
  }

  /** A rule of a newer version of this program: kept, so that what it meant is not lost here, and without effect. */
  keepUnknown(rule: string): void {
    this.#rules.push(rule);
  }

  #changeCategory(name: string, allow: boolean, commands: CommandNames): void {
    const category = ACL_CATEGORIES.find((one) => one === name.slice(1));
    if (category === undefined) throw UNKNOWN_NAME;
    this.#spellOut(allow, commands);
    for (const command of commands.values()) {
      if (command.acl.includes(category)) this.#setWithSubcommands(command, allow);
      for (const subcommand of command.subcommands.values()) {
        if (subcommand.acl.includes(category)) this.#set(subcommand, allow);
      }
    }
    this.#remember(name, allow);
  }

  #changeCommand(name: string, allow: boolean, commands: CommandNames): void {
    const [first, second, ...more] = name.split("|");
    const command = commands.get(first!);
    if (command === undefined) throw UNKNOWN_NAME;
    if (second === undefined) {
      this.#spellOut(allow, commands);
      this.#setWithSubcommands(command, allow);
    } else if (second === "" || more.includes("")) throw SYNTAX;
    else if (command.subcommands.size > 0) {
      const subcommand = command.subcommands.get(second);
      if (subcommand === undefined) throw UNKNOWN_NAME;
      if (more.length > 0) throw ARGUMENT_OF_SUBCOMMAND;
      this.#spellOut(allow, commands);
      this.#set(subcommand, allow);
    } else {
      // Only what is forbidden can be allowed with an argument: the other way round is no right that could be checked.
      if (!allow || more.length > 0) throw UNKNOWN_NAME;
      const words = this.#firstArguments.get(command.fullName) ?? new Set<string>();
      this.#firstArguments.set(command.fullName, words.add(second));
    }
    this.#remember(name, allow);
  }

  /** What "all" means by name, before something is taken from it. */
  #spellOut(allow: boolean, commands: CommandNames): void {
    if (allow || !this.#all) return;
    this.#all = false;
    for (const command of commands.values()) this.#setWithSubcommands(command, true);
  }

  #setWithSubcommands(command: CommandInfo, allow: boolean): void {
    this.#set(command, allow);
    for (const subcommand of command.subcommands.values()) this.#set(subcommand, allow);
  }

  #set({ fullName }: CommandInfo, allow: boolean): void {
    if (allow) this.#allowed.add(fullName);
    else this.#allowed.delete(fullName);
    this.#firstArguments.delete(fullName);
  }

  /** A rule takes the place of those about the same name, and of those about its subcommands. */
  #remember(name: string, allow: boolean): void {
    const isReplaced = (rule: string): boolean => rule.slice(1) === name || rule.slice(1).startsWith(`${name}|`);
    this.#rules = this.#rules.filter((rule) => !isReplaced(rule));
    this.#rules.push(`${allow ? "+" : "-"}${name}`);
  }
}
