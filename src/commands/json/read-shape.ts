import type { BinaryString } from "../../base/bytes.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { LEGACY_ROOT, parsePath } from "./path-parser.ts";
import type { JsonPath } from "./path.ts";

/** `JSON.X key [path]`: reading what a path finds. `sight` is null when the key is absent. */
interface ReadShape {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  readonly answer: (sight: DocumentSight | null, path: JsonPath, call: CommandCall) => Reply;
}

export function defineJsonRead({ answer, ...meta }: ReadShape): Command {
  return defineCommand({
    ...meta,
    group: "json",
    arity: -2,
    flags: ["readonly"],
    keys: { first: 1, last: 1, step: 1 },
    syntax: "key [path]",
    convergence: READS_LOCALLY,
    parse: (args) => ({ key: args[0]!, path: pathAt(args, 1) }),
    run: (tx, { key, path }, call) => answer(tx.documents.get(key), path, call),
  });
}

/** The path at that place among the arguments; the legacy root where it is left out. */
export function pathAt(args: readonly BinaryString[], index: number): JsonPath {
  const word = args[index];
  return word === undefined ? LEGACY_ROOT : parsePath(word);
}
