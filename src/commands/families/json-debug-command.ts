import type { BinaryString } from "../../base/bytes.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { matchesOf } from "../json/json-documents.ts";
import { noSuchPath, UNKNOWN_DEBUG } from "../json/json-refusals.ts";
import { pathAt } from "../json/read-shape.ts";
import type { JsonPath } from "../json/path.ts";
import { wrongNumberOfArguments } from "../refusals.ts";
import { isWord } from "../words.ts";

const HELP = ["MEMORY <key> [path] - reports memory usage", "HELP                - this message"];

/** About what a value takes in memory, by the measure of RedisJSON: a word each, and what it holds. */
function memoryOf(node: JsonNode): number {
  if (typeof node === "string") return 8 + node.length;
  if (node instanceof ListNode) return node.items.reduce((sum: number, one) => sum + memoryOf(one), 24);
  if (!(node instanceof MapNode)) return 8;
  let bytes = 24;
  for (const [key, one] of node.entries()) bytes += 24 + key.length + memoryOf(one);
  return bytes;
}

type DebugRequest = { readonly key: BinaryString; readonly path: JsonPath } | null;

export const jsonDebug = defineCommand({
  name: "JSON.DEBUG",
  group: "json",
  since: "1.0.0",
  arity: -2,
  flags: ["readonly", "no_mandatory_keys"],
  keys: { first: 2, last: 2, step: 1 },
  findKeys: (argv) => (isWord(argv[1], "MEMORY") && argv.length > 2 ? [{ index: 2, flags: ["RO", "access"] }] : []),
  syntax: "MEMORY key [path] | HELP",
  summary: "Answers about how much memory the values at a path take.",
  complexity: "O(N) in the size of the values",
  convergence: "Local to this region; changes no data.",
  parse(args): DebugRequest {
    if (isWord(args[0], "HELP")) return null;
    if (!isWord(args[0], "MEMORY")) throw UNKNOWN_DEBUG;
    if (args[1] === undefined) throw wrongNumberOfArguments("json.debug");
    return { key: args[1], path: pathAt(args, 2) };
  },
  run(tx, request, call): Reply {
    if (request === null) return HELP;
    const { key, path } = request;
    const sight = tx.documents.get(key);
    if (sight === null) return path.isLegacy ? 0 : [];
    const sizes = matchesOf(sight, path, call).map(({ node }) => memoryOf(node));
    if (!path.isLegacy) return sizes;
    if (sizes[0] === undefined) throw noSuchPath(path.full);
    return sizes[0];
  },
});
