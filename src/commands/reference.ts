import { COMMANDS } from "./command-table.ts";
import { COMMAND_GROUPS, type CommandGroup } from "./command-meta.ts";
import type { Command } from "./define-command.ts";

/**
 * The command reference as Markdown, made from the table alone: what a command's declaration does not say is not documented, and
 * what it says cannot go stale (a test compares docs/commands.md with this).
 */
export function renderCommandReference(): string {
  const sections = COMMAND_GROUPS.map((group) => {
    const commands = leaves().filter((command) => command.group === group);
    return `## ${TITLES[group]}\n\n${commands.map(renderCommand).join("\n")}`;
  });
  return `${INTRODUCTION}\n${sections.join("\n")}`;
}

const INTRODUCTION = `# Commands

Made from the command table; do not edit. Each command answers as Redis 7.2 does on one node. What happens when two regions do
it at once is its _convergence_, with the ids of the rules it follows. Flags and categories are Redis' own. A command marked
_needs a connection_ is refused over REST.
`;

const TITLES: Readonly<Record<CommandGroup, string>> = {
  string: "Strings and counters",
  bitmap: "Bitmaps",
  hyperloglog: "HyperLogLog",
  hash: "Hashes",
  list: "Lists",
  set: "Sets",
  "sorted-set": "Sorted sets",
  geo: "Geo",
  json: "JSON documents",
  limit: "Limits",
  stream: "Streams",
  generic: "Keys of any type",
  pubsub: "Messages",
  scripting: "Scripts and functions",
  transactions: "Transactions",
  connection: "Connections",
  server: "Server",
  antipode: "Antipode",
};

/** Commands and subcommands that can be run, in the table's order. */
function leaves(): Command[] {
  const found: Command[] = [];
  for (const command of COMMANDS.values()) {
    if (command.kind !== "container") found.push(command);
    found.push(...command.subcommands.values());
  }
  return found;
}

function renderCommand(command: Command): string {
  const usage = `${command.name} ${command.syntax}`.trimEnd();
  const marks = command.flags.map((flag) => `\`${flag}\``).join(", ");
  const categories = command.acl.map((category) => `\`@${category}\``).join(", ");
  const lines = [
    `### ${command.name}`,
    "",
    "```text",
    usage,
    "```",
    "",
    command.summary,
    "",
    `- Convergence: ${command.convergence}`,
    `- Complexity: ${command.complexity}`,
    `- Since: ${command.since}`,
    `- Flags: ${marks === "" ? "none" : marks}`,
    `- Categories: ${categories}`,
  ];
  if (command.needsConnection === true) lines.push("- Needs a connection");
  return `${lines.join("\n")}\n`;
}
