import type { BinaryString } from "../base/bytes.ts";
import type { CommandInfo } from "./command-meta.ts";

/** The keys in an argument vector, by the command's declaration. */
export function keysOf(command: CommandInfo, argv: readonly BinaryString[]): BinaryString[] {
  const spec = command.keys;
  if (spec === undefined) return [];
  const last = spec.last < 0 ? argv.length + spec.last : spec.last;
  const found: BinaryString[] = [];
  for (let index = spec.first; index <= last && index < argv.length; index += spec.step) found.push(argv[index]!);
  return found;
}

/** Redis' words for what a command does to its keys. */
export function keyAccessOf(command: CommandInfo): readonly string[] {
  return command.isWrite ? ["RW", "access", "update"] : ["RO", "access"];
}
