import type { BinaryString } from "../../base/bytes.ts";
import { parseCommand, parseCommands } from "./json-arguments.ts";
import type { PathRequest } from "./path-arguments.ts";
import { countExceeded, RestError, sizeExceeded } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

/**
 * Which of the protocol's forms a request has. `body`: one command as a JSON array; `path`: one command as a path; `stream`: one
 * as a path, which is answered by events for as long as both sides like.
 */
export type RestForm = "body" | "path" | "pipeline" | "transaction" | "stream";

/** Commands that a path makes an event stream. */
const STREAMS: ReadonlySet<string> = new Set(["subscribe", "psubscribe", "monitor"]);

/** The form, from the head alone. Throws RestError. */
export function formOf(method: string, path: PathRequest): RestForm {
  const [first] = path.segments;
  if (first === undefined) return "body";
  const word = first.toLowerCase();
  if (STREAMS.has(word)) {
    if (method === "HEAD") throw new RestError(405, "ERR an event stream has no head of its own: use GET or POST");
    return "stream";
  }
  if (path.segments.length > 1 || method === "GET" || method === "HEAD") return "path";
  if (word === "pipeline") return "pipeline";
  return word === "multi-exec" ? "transaction" : "path";
}

/** What the request asks for, as commands: a pure function of path, query and body. Throws RestError. */
export function readCommands(
  form: RestForm,
  path: PathRequest,
  body: Buffer | null,
  limits: RestLimits,
): readonly (readonly BinaryString[])[] {
  const commands = unchecked(form, path, body, limits);
  for (const argv of commands) check(argv, limits);
  return commands;
}

function unchecked(
  form: RestForm,
  path: PathRequest,
  body: Buffer | null,
  limits: RestLimits,
): readonly (readonly BinaryString[])[] {
  // A stream's body is ignored, and so is its query: clients put their token there.
  if (form === "stream") return [path.segments];
  const hasBody = body !== null && body.length > 0;
  if (form === "path") {
    return [[...path.segments, ...(hasBody ? [body.latin1Slice()] : []), ...path.query]];
  }
  if (!hasBody) {
    const wanted = form === "body" ? "a JSON array as the body, or a command as the path" : "a JSON array of commands";
    throw new RestError(400, `ERR empty command: send ${wanted}`);
  }
  return form === "body" ? [parseCommand(body, limits)] : parseCommands(body, limits);
}

function check(argv: readonly BinaryString[], limits: RestLimits): void {
  if (argv.length > limits.argumentsMax) throw countExceeded("arguments", limits.argumentsMax, argv.length);
  for (let index = 0; index < argv.length; index++) {
    const { length } = argv[index]!;
    if (index < 2 && length > limits.keyBytesMax) throw sizeExceeded("key size", limits.keyBytesMax, length);
    if (length > limits.recordBytesMax) throw sizeExceeded("single record size", limits.recordBytesMax, length);
  }
}
