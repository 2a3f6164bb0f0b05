import type { BinaryString } from "../../base/bytes.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import { findKeys } from "../command-keys.ts";
import type { Command } from "../define-command.ts";
import { homeOf, TAG } from "./home-name.ts";
import { TWO_HOMES } from "./refusals.ts";

/** The one home of all keys of a call; null when none is pinned. A call with keys of two homes, or pinned and not, is refused. */
export function homeOfCall(command: Command, argv: readonly BinaryString[]): string | null | ReplyError {
  return mayBePinned(argv) ? theOne(new Set(homesOf(command, argv))) : null;
}

/** The same for commands that run together. Those without keys run where the others do. */
export function homeOfCalls(
  calls: readonly (readonly [Command, readonly BinaryString[]])[],
): string | null | ReplyError {
  if (!calls.some(([, argv]) => mayBePinned(argv))) return null;
  const homes = new Set<string | null>();
  for (const [command, argv] of calls) for (const home of homesOf(command, argv)) homes.add(home);
  return theOne(homes);
}

/** Cheap, since it is asked of every command: V8 looks for one character ten times as fast as for several. */
function mayBePinned(argv: readonly BinaryString[]): boolean {
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index]!;
    const open = word.indexOf("{");
    if (open >= 0 && word.includes(TAG, open)) return true;
  }
  return false;
}

function homesOf(command: Command, argv: readonly BinaryString[]): (string | null)[] {
  return (findKeys(command, argv) ?? []).map(({ index }) => homeOf(argv[index]!));
}

function theOne(homes: ReadonlySet<string | null>): string | null | ReplyError {
  if (homes.size > 1) return TWO_HOMES;
  const [home = null] = homes;
  return home;
}
