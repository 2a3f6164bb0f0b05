import { Status, type Reply } from "../../resp/reply.ts";
import type { AclCategory } from "../acl-category.ts";
import type { CommandGroup } from "../command-meta.ts";
import { defineSessionCommand, LOCAL_ONLY, type Command } from "../define-command.ts";

/**
 * The HELP subcommand of a container: what the declarations of its other subcommands say, in the form in which Redis answers
 * its help texts.
 */
export function defineHelp(
  container: string,
  group: CommandGroup,
  since: string,
  others: readonly Command[],
  categories: readonly AclCategory[] = [],
): Command {
  return defineSessionCommand({
    name: `${container} HELP`,
    group,
    since,
    arity: 2,
    flags: ["loading", "stale"],
    categories,
    syntax: "",
    summary: `Answers a short description of ${container}'s subcommands.`,
    complexity: "O(1)",
    convergence: LOCAL_ONLY,
    parse: () => null,
    run(): Reply {
      const lines = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
      for (const { name, syntax, summary } of others) {
        lines.push(`${name.split(" ")[1]!} ${syntax}`.trimEnd(), `    ${summary}`);
      }
      lines.push("HELP", "    Prints this help.");
      return lines.map((line) => new Status(line));
    },
  });
}
