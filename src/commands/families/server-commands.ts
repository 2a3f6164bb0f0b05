import { utf8ToBinary } from "../../base/bytes.ts";
import { VerbatimReply, type Reply } from "../../resp/reply.ts";
import { defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { NO_CLUSTER } from "../refusals.ts";
import { integerWord, isWord } from "../words.ts";
import { REDIS_VERSION } from "../redis-version.ts";

/** What is asked of the node as a whole. */

export const time = defineSessionCommand({
  name: "TIME",
  group: "server",
  since: "2.6.0",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  syntax: "",
  summary: "Answers this region's wall clock: seconds, and microseconds in the second.",
  complexity: "O(1)",
  convergence: "Local: regions' clocks differ, and no order follows from them (S2).",
  parse: () => null,
  run({ server }): Reply {
    const nowMs = server.clock.wallMs();
    return [String(Math.floor(nowMs / 1000)), String(Math.floor((nowMs % 1000) * 1000))];
  },
});

export const role = defineSessionCommand({
  name: "ROLE",
  group: "server",
  since: "2.8.12",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  syntax: "",
  summary: "Answers that this is a master without replicas: every region takes writes.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run: ({ server }): Reply => ["master", server.database.lastLsn, []],
});

export const cluster = defineSessionCommand({
  name: "CLUSTER",
  group: "server",
  since: "3.0.0",
  arity: -2,
  flags: [],
  syntax: "subcommand [argument ...]",
  summary: "Refused: every region has all keys.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run(): Reply {
    throw NO_CLUSTER;
  },
});

/** A small globe with its two ends. */
const GLOBE = [
  "        .-''''-.",
  "      .'   *    '.",
  "     /  .-----.   \\",
  "    |  (       )   |",
  "     \\  '-----'   /",
  "      '.    *   .'",
  "        '-....-'",
].join("\n");

export const lolwut = defineSessionCommand({
  name: "LOLWUT",
  group: "server",
  since: "5.0.0",
  arity: -1,
  flags: ["readonly", "fast"],
  syntax: "[VERSION version] [argument ...]",
  summary: "Draws a small picture.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse(args) {
    if (args.length >= 2 && isWord(args[0], "VERSION")) integerWord(args[1]!);
    return null;
  },
  run: ({ server }) =>
    new VerbatimReply("txt", utf8ToBinary(`${GLOBE}\n\nAntipode ${server.version}, as Redis ver. ${REDIS_VERSION}\n`)),
});
