import { utf8ToBinary } from "../../base/bytes.ts";
import { VerbatimReply } from "../../resp/reply.ts";
import { defineCommand, LOCAL_ONLY } from "../define-command.ts";
import { INFO_SECTIONS } from "./info-sections.ts";

export const info = defineCommand({
  name: "INFO",
  group: "server",
  since: "1.0.0",
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["dangerous"],
  syntax: "[section ...]",
  summary: "Answers what the region knows of itself, by sections; also `default`, `all` and `everything`.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => new Set(args.map((word) => word.toLowerCase())),
  run(tx, asked, { server }) {
    const everything = asked.has("all") || asked.has("everything");
    const defaults = asked.size === 0 || asked.has("default");
    const sections = INFO_SECTIONS.filter(
      ({ name, isDefault }) => everything || (defaults && isDefault) || asked.has(name),
    );
    const texts = sections.map(({ title, lines }) => {
      const body = lines(server, tx).map(([name, value]) => `${name}:${value}\r\n`);
      return `# ${title}\r\n${body.join("")}`;
    });
    return new VerbatimReply("txt", utf8ToBinary(texts.join("\r\n")));
  },
});
