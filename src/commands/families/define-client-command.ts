import type { BinaryString } from "../../base/bytes.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineSessionCommand, LOCAL_ONLY, type Command, type SessionDefinition } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord } from "../words.ts";

/** What CLIENT's subcommands share. */

/** Flags of those that speak of their own connection, and of those that speak of others. */
export const OWN: readonly CommandFlag[] = ["noscript", "loading", "stale"];
export const OTHERS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "flags" | "syntax" | "summary" | "parse" | "run"
>;

export function defineClient<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({
    ...shape,
    name: `CLIENT ${shape.name}`,
    group: "connection",
    complexity: shape.flags === OTHERS ? "O(N) in the number of connections" : "O(1)",
    convergence: LOCAL_ONLY,
    needsConnection: shape.flags === OWN,
  });
}

/** ON or OFF. */
export function onOff(word: BinaryString | undefined): boolean {
  if (!isWord(word, "ON") && !isWord(word, "OFF")) throw SYNTAX_ERROR;
  return isWord(word, "ON");
}
