import { defineCommand, defineContainer, READS_LOCALLY, type Command, type DataDefinition } from "../define-command.ts";
import { NO_LFU } from "../refusals.ts";
import { defineHelp } from "./help-reply.ts";
import { encodingOf } from "./value-encoding.ts";

/** OBJECT: what Redis tells of its own storage, answered as Redis would for such a value. */

function defineObject(word: string, since: string, summary: string, run: DataDefinition<string>["run"]): Command {
  return defineCommand({
    name: `OBJECT ${word}`,
    group: "generic",
    since,
    arity: 3,
    flags: ["readonly"],
    keys: { first: 2, last: 2, step: 1, flags: ["RO"] },
    syntax: "key",
    summary,
    complexity: "O(1)",
    convergence: READS_LOCALLY,
    parse: (args) => args[0]!,
    run,
  });
}

const SUBCOMMANDS = [
  defineObject(
    "ENCODING",
    "2.2.3",
    "Answers the encoding that Redis would have chosen for the value.",
    (tx, key, call) => encodingOf(tx, key, call.server.config),
  ),
  defineObject("FREQ", "4.0.0", "Refused: access frequency is not tracked.", (tx, key) => {
    if (tx.idleMs(key) === null) return null;
    throw NO_LFU;
  }),
  defineObject("IDLETIME", "2.2.3", "Answers how many seconds ago a key was last used.", (tx, key) => {
    const idleMs = tx.idleMs(key);
    return idleMs === null ? null : Math.floor(idleMs / 1000);
  }),
  defineObject("REFCOUNT", "2.2.3", "Answers 1: values are not shared.", (tx, key) =>
    tx.idleMs(key) === null ? null : 1,
  ),
];

export const object = defineContainer({
  name: "OBJECT",
  group: "generic",
  since: "2.2.3",
  summary: "Tells how a value is kept.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("OBJECT", "generic", "6.2.0", SUBCOMMANDS)],
});
