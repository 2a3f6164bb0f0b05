import type { BinaryString } from "../base/bytes.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { ClientDoor } from "./client-session.ts";
import type { Command } from "./define-command.ts";
import { EMPTY_COMMAND, unknownCommand, unknownSubcommand, wrongNumberOfArguments } from "./refusals.ts";

/** Spellings remembered besides the lower-case ones: `GET`, `Get`. */
const SPELLINGS_MAX = 4096;

/** From an argument vector to its command, in any case. */
export class CommandLookup {
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #spellings: Map<string, Command>;

  constructor(commands: ReadonlyMap<string, Command>) {
    this.#commands = commands;
    this.#spellings = new Map(commands);
    for (const [name, command] of commands) this.#spellings.set(name.toUpperCase(), command);
  }

  /** The command or subcommand, checked for its number of words; or why there is none. */
  resolve(argv: readonly BinaryString[], door: ClientDoor): Command | ReplyError {
    const name = argv[0];
    if (name === undefined) return EMPTY_COMMAND;
    const found = this.#spellings.get(name) ?? this.#otherSpelling(name);
    if (found === undefined) return unknownCommand(argv);
    let command = found;
    const word = argv[1];
    if (found.subcommands.size > 0 && word !== undefined) {
      const subcommand = found.subcommands.get(word.toLowerCase());
      if (subcommand === undefined) return unknownSubcommand(found.fullName, word);
      command = subcommand;
    }
    const arity = door === "rest" ? (command.restArity ?? command.arity) : command.arity;
    if (arity >= 0 ? argv.length !== arity : argv.length < -arity) return wrongNumberOfArguments(command.fullName);
    return command;
  }

  #otherSpelling(name: string): Command | undefined {
    if (name.length > 64) return undefined;
    const command = this.#commands.get(name.toLowerCase());
    if (command !== undefined && this.#spellings.size < SPELLINGS_MAX) this.#spellings.set(name, command);
    return command;
  }
}
