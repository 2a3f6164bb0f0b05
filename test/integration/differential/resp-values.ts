/** RESP2 and RESP3 bytes as tagged plain values: both sides of a comparison are read by the same few lines. */
export type RespValue = string | readonly RespValue[];

export interface ParsedReply {
  readonly value: RespValue;
  readonly next: number;
}

/** The reply that begins at `at`; null when it is not all there. Statuses, errors and numbers keep their type byte. */
export function parseReply(bytes: string, at: number): ParsedReply | null {
  const lineEnd = bytes.indexOf("\r\n", at);
  if (lineEnd < 0) return null;
  const kind = bytes[at]!;
  const line = bytes.slice(at + 1, lineEnd);
  const next = lineEnd + 2;
  if (kind === "$" || kind === "=") {
    const length = Number(line);
    if (length < 0) return { value: "null", next };
    if (bytes.length < next + length + 2) return null;
    return { value: `"${bytes.slice(next, next + length)}`, next: next + length + 2 };
  }
  if (kind === "*" || kind === "%" || kind === "~") {
    const count = Number(line) * (kind === "%" ? 2 : 1);
    if (count < 0) return { value: "null-array", next };
    const items: RespValue[] = [kind];
    let position = next;
    for (let index = 0; index < count; index++) {
      const item = parseReply(bytes, position);
      if (item === null) return null;
      items.push(item.value);
      position = item.next;
    }
    return { value: items, next: position };
  }
  return { value: kind === "_" ? "null" : kind + line, next };
}

/** One request as RESP. */
export function encodeRequest(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
