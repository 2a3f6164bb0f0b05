import type { BinaryString } from "../../base/bytes.ts";
import { RestError } from "./rest-error.ts";

export interface PathRequest {
  /** Path segments, decoded. */
  readonly segments: readonly BinaryString[];
  /** Query names and values in order, without `_token`. */
  readonly query: readonly BinaryString[];
  /** `?_token=`, null when absent. */
  readonly token: string | null;
}

/**
 * `/set/foo/bar?EX=100` as arguments. Percent escapes are bytes, whatever text they make; everything else is the UTF-8 that
 * HTTP clients send.
 */
export function parsePath(url: string): PathRequest {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query: BinaryString[] = [];
  let token: string | null = null;
  for (const pair of mark < 0 ? [] : url.slice(mark + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll("+", " "));
    const value = equals < 0 ? null : decode(pair.slice(equals + 1).replaceAll("+", " "));
    if (name === "_token") token = value ?? "";
    else query.push(name, ...(value === null || value === "" ? [] : [value]));
  }
  const segments = path.split("/").slice(1).map(decode);
  // A trailing slash ends the path; an empty segment inside it is an empty argument.
  if (segments.at(-1) === "") segments.pop();
  return { segments, query, token };
}

function decode(text: string): BinaryString {
  // Node hands the request line over as latin1: its characters are bytes already.
  if (!text.includes("%")) return text;
  let out = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "%") {
      out += text[at]!;
      continue;
    }
    const hex = text.slice(at + 1, at + 3);
    if (!/^[0-9a-fA-F]{2}$/u.test(hex)) throw new RestError(400, `ERR malformed percent escape in the path: %${hex}`);
    out += String.fromCharCode(Number.parseInt(hex, 16));
    at += 2;
  }
  return out;
}
