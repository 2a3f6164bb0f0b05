import type { BinaryString } from "../../base/bytes.ts";
import { parseCommand, parseCommands } from "./json-arguments.ts";
import type { PathRequest } from "./path-arguments.ts";
import { RestError } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

/** A request as what it asks for: a pure function of path, query and body. */
export type RestRequest =
  | { readonly kind: "command"; readonly argv: readonly BinaryString[] }
  | { readonly kind: "pipeline"; readonly commands: readonly (readonly BinaryString[])[] }
  | { readonly kind: "transaction"; readonly commands: readonly (readonly BinaryString[])[] };

/** Event streams need a connection of their own kind, which this version does not offer. */
const STREAMS: ReadonlySet<string> = new Set(["subscribe", "psubscribe", "monitor"]);

export function readRequest(method: string, path: PathRequest, body: Buffer | null, limits: RestLimits): RestRequest {
  const [first] = path.segments;
  const hasBody = body !== null && body.length > 0;
  if (first === undefined) {
    if (!hasBody)
      throw new RestError(400, "ERR empty command: send a JSON array as the body, or a command as the path");
    return { kind: "command", argv: check(parseCommand(textOf(body)), limits) };
  }
  const word = first.toLowerCase();
  if (path.segments.length === 1 && (word === "pipeline" || word === "multi-exec") && method !== "GET") {
    if (!hasBody) throw new RestError(400, `ERR empty ${word} request`);
    const commands = parseCommands(textOf(body));
    if (commands.length > limits.pipelineCommandsMax)
      throw exceeded("pipeline commands", limits.pipelineCommandsMax, commands.length);
    for (const argv of commands) check(argv, limits);
    return { kind: word === "pipeline" ? "pipeline" : "transaction", commands };
  }
  if (STREAMS.has(word)) throw new RestError(400, `ERR event streams (${word}) are not served over REST`);
  const argv = [...path.segments];
  if (hasBody) argv.push(body.latin1Slice());
  argv.push(...path.query);
  return { kind: "command", argv: check(argv, limits) };
}

/** JSON is UTF-8; bytes that are not become U+FFFD, as in every JSON reader of the platform. */
function textOf(body: Buffer): string {
  return body.utf8Slice();
}

function check(argv: readonly BinaryString[], limits: RestLimits): readonly BinaryString[] {
  for (const [index, argument] of argv.entries()) {
    if (index < 2 && argument.length > limits.keyBytesMax)
      throw exceeded("key size", limits.keyBytesMax, argument.length);
    if (argument.length > limits.recordBytesMax)
      throw exceeded("single record size", limits.recordBytesMax, argument.length);
  }
  return argv;
}

export function exceeded(what: string, limit: number, actual: number): RestError {
  return new RestError(400, `ERR max ${what} exceeded. Limit: ${limit}, Actual: ${actual}`);
}
