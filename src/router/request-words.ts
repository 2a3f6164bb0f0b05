import { isRepeatable } from "./repeatable.ts";

/**
 * The commands inside a REST request, as far as the router needs them: to know, once a region has failed under a request,
 * whether it may be sent again. Only then is anything parsed; on the usual way the router looks at no body. What cannot be
 * understood is not repeatable.
 */
export interface RequestText {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly target: string;
  /** The whole body, or null where it streamed and is gone. */
  readonly body: Buffer | null;
}

export function mayRepeat(request: RequestText): boolean {
  if (request.method === "OPTIONS") return true;
  const commands = commandsOf(request);
  return commands !== null && commands.length > 0 && commands.every(isRepeatable);
}

function commandsOf(request: RequestText): readonly (readonly string[])[] | null {
  const queryAt = request.target.indexOf("?");
  const path = queryAt < 0 ? request.target : request.target.slice(0, queryAt);
  const query = queryAt < 0 ? "" : request.target.slice(queryAt + 1);
  const segments = path.split("/").filter((segment, index) => index > 0 && !(index === 1 && segment === ""));
  const first = segments[0]?.toLowerCase();
  if (first === undefined) return single(parsed(request.body));
  if (first === "pipeline" || first === "multi-exec") return several(parsed(request.body));
  // A body is the last argument of the path's command; the words of the query follow it.
  const value = request.body !== null && request.body.length > 0 ? [""] : [];
  const options = query.split("&").filter((pair) => pair !== "" && !pair.startsWith("_token="));
  const tail = options.flatMap((pair) => pair.split("=").filter((word) => word !== ""));
  if (request.body === null) return null;
  return [[...segments.map(decoded), ...value, ...tail.map(decoded)]];
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function parsed(body: Buffer | null): unknown {
  if (body === null) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

function single(value: unknown): readonly (readonly string[])[] | null {
  if (!Array.isArray(value)) return null;
  return [value.map((word: unknown) => String(word))];
}

function several(value: unknown): readonly (readonly string[])[] | null {
  if (!Array.isArray(value)) return null;
  const commands = value.map((command: unknown) => single(command)?.[0] ?? []);
  return commands;
}
