import { binaryToUtf8, utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { COMPACT, bracketed, jsonText, type JsonLayout } from "../../crdt/document/json-text.ts";
import { JsonNumber } from "../../crdt/document/json-value.ts";
import { ListNode, type JsonNode } from "../../crdt/document/view.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import { BooleanReply, MapReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { matchesOf, numberReply, speaksResp3 } from "../json/json-documents.ts";
import {
  LAYOUT_BYTES_MAX,
  LAYOUT_TOO_LONG,
  NO_FORMAT_ON_RESP2,
  WRONG_REPLY_FORMAT,
  noSuchPath,
} from "../json/json-refusals.ts";
import { LEGACY_ROOT, parsePath } from "../json/path-parser.ts";
import type { JsonPath } from "../json/path.ts";
import { SYNTAX_ERROR, wrongNumberOfArguments } from "../refusals.ts";
import { isWord } from "../words.ts";

/** Documents and parts of them as JSON. */

type ReplyFormat = "string" | "expand1" | "expand";

interface GetRequest {
  readonly key: BinaryString;
  readonly paths: readonly JsonPath[];
  readonly layout: JsonLayout;
  readonly format: ReplyFormat;
  /** FORMAT came before any path: only RESP3 may say it then. */
  readonly asksFormatFirst: boolean;
}

function parseGet(args: readonly BinaryString[]): GetRequest {
  const layout = { ...COMPACT };
  const paths: JsonPath[] = [];
  let format: ReplyFormat = "string";
  let asksFormatFirst = false;
  for (let index = 1; index < args.length; index++) {
    const option = (["INDENT", "NEWLINE", "SPACE", "FORMAT", "NOESCAPE"] as const).find((one) =>
      isWord(args[index], one),
    );
    if (option === undefined) {
      paths.push(parsePath(args[index]!));
      continue;
    }
    if (option === "NOESCAPE") continue;
    const value = args[++index];
    if (value === undefined) throw wrongNumberOfArguments("json.get");
    if (option === "FORMAT") {
      asksFormatFirst ||= paths.length === 0;
      format = formatOf(value);
    } else {
      if (value.length > LAYOUT_BYTES_MAX) throw LAYOUT_TOO_LONG;
      layout[option.toLowerCase() as "indent" | "newline" | "space"] = binaryToUtf8(value);
    }
  }
  if (paths.length === 0) paths.push(LEGACY_ROOT);
  return { key: args[0]!, paths, layout, format, asksFormatFirst };
}

function formatOf(word: BinaryString): ReplyFormat {
  if (isWord(word, "STRING")) return "string";
  if (isWord(word, "EXPAND1") || isWord(word, "JSON")) return "expand1";
  if (isWord(word, "EXPAND")) return "expand";
  throw WRONG_REPLY_FORMAT;
}

/** A value in RESP3's own types; containers as JSON unless everything is asked for. */
function resp3Of(node: JsonNode, expand: boolean, layout: JsonLayout): Reply {
  if (node === null) return null;
  if (typeof node === "boolean") return new BooleanReply(node);
  if (typeof node === "string") return utf8ToBinary(expand ? node : JSON.stringify(node));
  if (node instanceof JsonNumber) return numberReply(node);
  if (!expand) return utf8ToBinary(jsonText(node, layout));
  if (node instanceof ListNode) return node.items.map((one) => resp3Of(one, true, layout));
  return new MapReply([...node.entries()].map(([key, one]) => [utf8ToBinary(key), resp3Of(one, true, layout)]));
}

/** What a path finds as JSON: a value for a legacy path among its like, a list otherwise. */
function textAt(
  sight: DocumentSight,
  path: JsonPath,
  legacy: boolean,
  layout: JsonLayout,
  depth: number,
  call: CommandCall,
): string {
  const matches = matchesOf(sight, path, call);
  if (!legacy) {
    const texts = matches.map(({ node }) => jsonText(node, layout, depth + 1));
    return bracketed("[", texts, "]", layout, depth);
  }
  if (matches[0] === undefined) throw noSuchPath(path.full);
  return jsonText(matches[0].node, layout, depth);
}

function answerGet(sight: DocumentSight, request: GetRequest, call: CommandCall): Reply {
  const { paths, layout, format } = request;
  if (format !== "string" && speaksResp3(call)) {
    const expand = format === "expand";
    return paths.map((path) => matchesOf(sight, path, call).map(({ node }) => resp3Of(node, expand, layout)));
  }
  const legacy = paths.every((path) => path.isLegacy);
  if (paths.length === 1) return utf8ToBinary(textAt(sight, paths[0]!, legacy, layout, 0, call));
  const byPath = new Map(paths.map((path) => [path.original, path]));
  const pairs = [...byPath].map(
    ([name, path]) => `${JSON.stringify(name)}:${layout.space}${textAt(sight, path, legacy, layout, 1, call)}`,
  );
  return utf8ToBinary(bracketed("{", pairs, "}", layout, 0));
}

export const jsonGet = defineCommand({
  name: "JSON.GET",
  group: "json",
  since: "1.0.0",
  arity: -2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [INDENT indent] [NEWLINE newline] [SPACE space] [FORMAT STRING|EXPAND1|EXPAND] [path ...]",
  summary: "Answers the values at one or more paths as JSON.",
  complexity: "O(N) in the size of what is answered",
  convergence: READS_LOCALLY,
  parse: parseGet,
  run(tx, request, call): Reply {
    if (request.asksFormatFirst && !speaksResp3(call)) throw NO_FORMAT_ON_RESP2;
    const sight = tx.documents.get(request.key);
    return sight === null ? null : answerGet(sight, request, call);
  },
});

export const jsonMget = defineCommand({
  name: "JSON.MGET",
  group: "json",
  since: "1.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: -2, step: 1 },
  syntax: "key [key ...] path",
  summary: "Answers the values at one path of several documents as JSON; null where there is no such document or path.",
  complexity: "O(N) in the size of what is answered",
  convergence: READS_LOCALLY,
  parse(args) {
    const path = args.at(-1);
    if (path === undefined) throw SYNTAX_ERROR;
    return { keys: args.slice(0, -1), path: parsePath(path) };
  },
  run: (tx, { keys, path }, call): Reply =>
    keys.map((key) => {
      if (tx.typeOf(key) !== "ReJSON-RL") return null;
      const sight = tx.documents.get(key)!;
      if (path.isLegacy && matchesOf(sight, path, call).length === 0) return null;
      return utf8ToBinary(textAt(sight, path, path.isLegacy, COMPACT, 0, call));
    }),
});
