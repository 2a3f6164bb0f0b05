import { binaryToUtf8, type BinaryString } from "../../base/bytes.ts";
import { JsonNumber, type JsonValue } from "../../crdt/document/json-value.ts";
import {
  JSON_BYTES_MAX,
  JSON_VALUES_MAX,
  JSON_VALUES_TOO_MANY,
  NOT_UTF8,
  badJson,
  jsonTooLarge,
} from "./json-refusals.ts";

/** Containers inside each other, as RedisJSON's reader allows. */
export const JSON_DEPTH_MAX = 128;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\p{Cc}]*(?:[\u007f-\u009f][^"\\\p{Cc}]*)*/uy;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * JSON as a client wrote it. Not `JSON.parse`: integers of 64 bits must stay exact, `3.0` is not `3`, any key is a key, and the
 * refusals are those of RedisJSON's reader (serde).
 */
export function readJson(word: BinaryString): JsonValue {
  if (word.length > JSON_BYTES_MAX) throw jsonTooLarge(word.length);
  const text = binaryToUtf8(word);
  if (text.includes("\ufffd") && !isUtf8(word)) throw NOT_UTF8;
  return new JsonReader(text).document();
}

export function isUtf8(word: BinaryString): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(word, "latin1"));
    return true;
  } catch {
    return false;
  }
}

class JsonReader {
  readonly #text: string;
  #position = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value();
    this.#skipSpace();
    if (this.#position < this.#text.length) throw this.#wrong("trailing characters");
    return value;
  }

  #value(): JsonValue {
    if (++this.#values > JSON_VALUES_MAX) throw JSON_VALUES_TOO_MANY;
    this.#skipSpace();
    const character = this.#text[this.#position];
    switch (character) {
      case undefined:
        throw this.#atEnd("EOF while parsing a value");
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #nested<T>(body: () => T): T {
    this.#position++;
    if (++this.#depth >= JSON_DEPTH_MAX) throw this.#wrong("recursion limit exceeded", 0);
    const value = body();
    this.#depth--;
    return value;
  }

  #object(): JsonValue {
    const object = new Map<string, JsonValue>();
    for (let first = true; ; first = false) {
      this.#skipSpace();
      const character = this.#text[this.#position];
      if (character === undefined) throw this.#atEnd("EOF while parsing an object");
      if (character === "}" && first) break;
      if (character !== '"') throw this.#wrong(character === "}" ? "trailing comma" : "key must be a string");
      const key = this.#string();
      this.#skipSpace();
      if (this.#position === this.#text.length) throw this.#atEnd("EOF while parsing an object");
      if (this.#text[this.#position] !== ":") throw this.#wrong("expected `:`");
      this.#position++;
      object.set(key, this.#value());
      if (this.#endsWith("}", "an object", "expected `,` or `}`")) return object;
    }
    this.#position++;
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    this.#skipSpace();
    if (this.#text[this.#position] === "]") {
      this.#position++;
      return array;
    }
    if (this.#position === this.#text.length) throw this.#atEnd("EOF while parsing a list");
    for (;;) {
      array.push(this.#value());
      if (this.#endsWith("]", "a list", "expected `,` or `]`")) return array;
      this.#skipSpace();
      if (this.#text[this.#position] === "]") throw this.#wrong("trailing comma");
    }
  }

  /** After an item: true at the end of its container, false at a comma. */
  #endsWith(end: string, container: string, expected: string): boolean {
    this.#skipSpace();
    const character = this.#text[this.#position];
    if (character === undefined) throw this.#atEnd(`EOF while parsing ${container}`);
    if (character !== "," && character !== end) throw this.#wrong(expected);
    this.#position++;
    return character === end;
  }

  #string(): string {
    let out = "";
    this.#position++;
    for (;;) {
      PLAIN.lastIndex = this.#position;
      out += PLAIN.exec(this.#text)![0];
      this.#position = PLAIN.lastIndex;
      const character = this.#text[this.#position];
      if (character === undefined) throw this.#atEnd("EOF while parsing a string");
      this.#position++;
      if (character === '"') return out;
      if (character !== "\\") {
        throw this.#wrong("control character (\\u0000-\\u001F) found while parsing a string", 0);
      }
      out += this.#escape();
    }
  }

  #escape(): string {
    const character = this.#text[this.#position];
    if (character === undefined) throw this.#atEnd("EOF while parsing a string");
    this.#position++;
    if (character !== "u") {
      const plain = ESCAPES[character];
      if (plain === undefined) throw this.#wrong("invalid escape", 0);
      return plain;
    }
    const first = this.#hex();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    if (first > 0xdbff) throw this.#wrong("lone leading surrogate in hex escape", 0);
    if (this.#text.slice(this.#position, this.#position + 2) !== "\\u") {
      throw this.#wrong("unexpected end of hex escape");
    }
    this.#position += 2;
    const second = this.#hex();
    if (second < 0xdc00 || second > 0xdfff) throw this.#wrong("lone leading surrogate in hex escape", 0);
    return String.fromCharCode(first, second);
  }

  #hex(): number {
    const digits = this.#text.slice(this.#position, this.#position + 4);
    if (digits.length < 4) throw this.#atEnd("EOF while parsing a string");
    this.#position += 4;
    if (!/^[0-9A-Fa-f]{4}$/u.test(digits)) throw this.#wrong("invalid escape", 0);
    return Number.parseInt(digits, 16);
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    for (const character of word) {
      const found = this.#text[this.#position];
      if (found === undefined) throw this.#atEnd("EOF while parsing a value");
      if (found !== character) throw this.#wrong("expected ident");
      this.#position++;
    }
    return value;
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#position;
    const found = NUMBER.exec(this.#text);
    if (found === null) throw this.#wrong(this.#text[this.#position] === "-" ? "invalid number" : "expected value");
    this.#position = NUMBER.lastIndex;
    const following = this.#text[this.#position] ?? "";
    if (/^[0-9.eE]$/u.test(following)) throw this.#wrong("invalid number");
    const number = numberOf(found[0]);
    if (number === null) throw this.#wrong("number out of range", 0);
    return number;
  }

  #skipSpace(): void {
    while (" \t\n\r".includes(this.#text[this.#position] ?? "x")) this.#position++;
  }

  /** Lines and columns count from one; `ahead` is what serde has read of the offending character. */
  #wrong(what: string, ahead = 1): Error {
    const before = this.#text.slice(0, this.#position + ahead);
    const lines = before.split("\n");
    return badJson(what, lines.length, Buffer.byteLength(lines.at(-1)!));
  }

  #atEnd(what: string): Error {
    this.#position = this.#text.length;
    return this.#wrong(what, 0);
  }
}

/** A number's text as JSON writes it; null when it is beyond what a double holds. */
export function numberOf(text: string): JsonNumber | null {
  if (/^-?[0-9]+$/u.test(text) && text !== "-0" && text.length < 400) return finiteInteger(BigInt(text));
  const value = Number(text);
  return Number.isFinite(value) ? JsonNumber.ofDouble(value) : null;
}

function finiteInteger(value: bigint): JsonNumber | null {
  return Number.isFinite(Number(value)) ? JsonNumber.ofInteger(value) : null;
}
