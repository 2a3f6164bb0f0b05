/**
 * Headers on their way through. They stay as the flat list the parser gave (name, value, name, value …): order, case, repetition
 * and bytes arrive as they were sent. What belongs to one hop only is taken out, and what the router itself speaks.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Answered or set anew by the router: `expect` by its own server, `host` and `content-length` by its own client. */
const REQUEST_OWN: ReadonlySet<string> = new Set([
  "expect",
  "host",
  "content-length",
  "x-region",
  "x-region-force",
  "fly-prefer-region",
  "fly-force-region",
  "x-region-fallback",
  // Who the client is says the router, not the client.
  "x-forwarded-for",
  "forwarded",
  "x-real-ip",
  "x-antipode-seen",
]);

const REPLY_OWN: ReadonlySet<string> = new Set(["x-region", "x-region-nearest", "x-failover"]);

export function requestHeaders(raw: readonly string[]): string[] {
  return without(raw, REQUEST_OWN);
}

export function replyHeaders(raw: readonly (string | Buffer)[]): string[] {
  const texts = raw.map((part) => (typeof part === "string" ? part : part.latin1Slice()));
  return without(texts, REPLY_OWN);
}

export function isEventStream(headers: readonly string[]): boolean {
  return headers.some(
    (text, index) =>
      index % 2 === 0 &&
      text.toLowerCase() === "content-type" &&
      headers[index + 1]?.toLowerCase().startsWith("text/event-stream") === true,
  );
}

function without(raw: readonly string[], own: ReadonlySet<string>): string[] {
  const named = connectionNames(raw);
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || own.has(lower) || named?.has(lower) === true) continue;
    kept.push(name, raw[index + 1]!);
  }
  return kept;
}

/** The further names that `Connection` declares to be for this hop only. */
function connectionNames(raw: readonly string[]): ReadonlySet<string> | null {
  let names: Set<string> | null = null;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]!.toLowerCase() !== "connection") continue;
    names ??= new Set();
    for (const name of raw[index + 1]!.split(",")) names.add(name.trim().toLowerCase());
  }
  return names;
}
