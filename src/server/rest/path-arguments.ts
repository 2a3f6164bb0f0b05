import type { BinaryString } from "../../base/bytes.ts";
import { RestError } from "./rest-error.ts";

/** A request's target, read. */
export interface PathRequest {
  /** Path segments, decoded. */
  readonly segments: readonly BinaryString[];
  /** Query names and values in order, without `_token`. */
  readonly query: readonly BinaryString[];
  /** `?_token=`, null when absent. */
  readonly token: BinaryString | null;
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/iu;
const PERCENT = 0x25;
/** V8 makes a substring of this many characters a view that keeps the whole string; shorter ones are copied anyway. */
const VIEW_FROM_CHARACTERS = 13;

/**
 * `/set/foo/bar?EX=100` as arguments. Percent escapes are bytes, whatever text they make; everything else is the bytes that
 * HTTP clients send (Node hands the request line over as latin1: its characters are bytes already). A target with scheme and
 * host, as proxies send, is read from its path on. A trailing slash ends the path; an empty segment inside it is an empty
 * argument; a query name without a value is one argument.
 */
export function parsePath(url: string): PathRequest {
  const target = url.startsWith("/") ? url : url.replace(ORIGIN, "");
  const mark = target.indexOf("?");
  const segments = segmentsOf(target, mark < 0 ? target.length : mark);
  if (segments.at(-1) === "") segments.pop();
  if (mark < 0) return { segments, query: [], token: null };
  const query: BinaryString[] = [];
  let token: string | null = null;
  for (const pair of target.slice(mark + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decodeQuery(pair.slice(equals + 1));
    if (name === "_token") token = value;
    else if (value === "") query.push(name);
    else query.push(name, value);
  }
  return { segments, query, token };
}

/** What stands behind each slash before `end`. */
function segmentsOf(target: string, end: number): BinaryString[] {
  const segments: BinaryString[] = [];
  let slash = target.indexOf("/");
  while (slash >= 0 && slash < end) {
    const next = target.indexOf("/", slash + 1);
    const to = next < 0 || next > end ? end : next;
    segments.push(decode(target.slice(slash + 1, to)));
    slash = to;
  }
  return segments;
}

function decodeQuery(text: string): BinaryString {
  return decode(text.includes("+") ? text.replaceAll("+", " ") : text);
}

/** A string of its own: a key kept for years must not keep the request line it came in. */
function decode(text: string): BinaryString {
  if (!text.includes("%")) {
    return text.length < VIEW_FROM_CHARACTERS ? text : Buffer.from(text, "latin1").latin1Slice();
  }
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === PERCENT) {
      byte = hexDigit(bytes[at + 1]) * 16 + hexDigit(bytes[at + 2]);
      if (Number.isNaN(byte)) {
        throw new RestError(400, `ERR malformed percent escape in the path: ${text.slice(at, at + 3)}`);
      }
      at += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.latin1Slice(0, length);
}

/** NaN when it is none. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN;
}
