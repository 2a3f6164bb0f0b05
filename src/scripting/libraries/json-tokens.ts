import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";

/** JSON text cut into tokens, with cjson's names for them, which its error texts show. */

export type TokenType =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_COLON"
  | "T_COMMA"
  | "T_END"
  | "T_ERROR";

const PUNCTUATION: Readonly<Record<string, TokenType>> = {
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ":": "T_COLON",
  ",": "T_COMMA",
  "\0": "T_END",
};
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
const WHITE = /[ \t\n\r]*/uy;
/** What C's strtod reads: cjson leaves numbers to it. */
const NUMBER =
  /[-+]?(?:0x[0-9a-f]+(?:\.[0-9a-f]*)?(?:p[-+]?[0-9]+)?|inf(?:inity)?|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)/iuy;
const INVALID_NUMBER = /\+|-?(?:0[x0-9]|inf|nan)/iuy;
const PLAIN = /[^"\\]*/uy;
const HEX4 = /[0-9a-fA-F]{4}/uy;

export class JsonTokens {
  readonly #text: BinaryString;
  readonly #invalidNumbers: boolean;
  /** Where the next token is looked for. */
  at = 0;
  type: TokenType = "T_END";
  /** Where the token began, or what is wrong stands. */
  index = 0;
  /** Of a string, or the reason of an error. */
  string: BinaryString = "";
  number = 0;
  boolean = false;

  constructor(text: BinaryString, invalidNumbers: boolean) {
    this.#text = text;
    this.#invalidNumbers = invalidNumbers;
  }

  next(): TokenType {
    this.#read();
    return this.type;
  }

  #read(): void {
    WHITE.lastIndex = this.at;
    WHITE.test(this.#text);
    this.at = WHITE.lastIndex;
    this.index = this.at;
    const character = this.#text[this.at];
    const punctuation = character === undefined ? "T_END" : PUNCTUATION[character];
    if (punctuation !== undefined) {
      if (punctuation !== "T_END") this.at++;
      this.type = punctuation;
      return;
    }
    if (character === '"') this.#readString();
    else if (/[-0-9]/u.test(character!)) this.#readNumber();
    else this.#readWord();
  }

  #readNumber(): void {
    if (!this.#invalidNumbers && this.#matches(INVALID_NUMBER)) return this.#fail("invalid number", this.at);
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.#text);
    if (found === null) return this.#fail("invalid number", this.at);
    this.type = "T_NUMBER";
    this.number = numberOf(found[0]);
    this.at += found[0].length;
  }

  #readWord(): void {
    for (const word of ["true", "false", "null"] as const) {
      if (!this.#text.startsWith(word, this.at)) continue;
      this.at += word.length;
      this.type = word === "null" ? "T_NULL" : "T_BOOLEAN";
      this.boolean = word === "true";
      return;
    }
    if (this.#invalidNumbers && this.#matches(INVALID_NUMBER)) this.#readNumber();
    else this.#fail("invalid token", this.at);
  }

  #readString(): void {
    let out = "";
    let at = this.at + 1;
    for (;;) {
      PLAIN.lastIndex = at;
      PLAIN.test(this.#text);
      out += this.#text.slice(at, PLAIN.lastIndex);
      at = PLAIN.lastIndex;
      const character = this.#text[at];
      if (character === undefined) return this.#fail("unexpected end of string", at);
      if (character === '"') break;
      const escape = this.#text[at + 1];
      if (escape === "u") {
        const code = this.#codePoint(at);
        if (code === null) return this.#fail("invalid unicode escape code", at);
        out += utf8ToBinary(String.fromCodePoint(code.point));
        at += code.length;
        continue;
      }
      const plain = escape === undefined ? undefined : ESCAPES[escape];
      if (plain === undefined) return this.#fail("invalid escape code", at);
      out += plain;
      at += 2;
    }
    this.type = "T_STRING";
    this.string = out;
    this.at = at + 1;
  }

  /** `\uXXXX` at `at`, or a pair of them that makes one character. */
  #codePoint(at: number): { readonly point: number; readonly length: number } | null {
    const first = this.#hex4(at + 2);
    if (first === null || (first & 0xfc00) === 0xdc00) return null;
    if ((first & 0xfc00) !== 0xd800) return { point: first, length: 6 };
    if (this.#text[at + 6] !== "\\" || this.#text[at + 7] !== "u") return null;
    const second = this.#hex4(at + 8);
    if (second === null || (second & 0xfc00) !== 0xdc00) return null;
    return { point: 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff), length: 12 };
  }

  #hex4(at: number): number | null {
    HEX4.lastIndex = at;
    return HEX4.test(this.#text) ? Number.parseInt(this.#text.slice(at, at + 4), 16) : null;
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.#text);
  }

  #fail(reason: string, index: number): void {
    this.type = "T_ERROR";
    this.string = reason;
    this.index = index;
  }
}

function numberOf(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/u, "").toLowerCase();
  let value: number;
  if (digits.startsWith("inf")) value = Number.POSITIVE_INFINITY;
  else if (digits === "nan") value = Number.NaN;
  else if (digits.startsWith("0x")) value = hexadecimal(digits.slice(2));
  else value = Number(digits);
  return negative ? -value : value;
}

function hexadecimal(text: string): number {
  const [mantissa, power] = text.split("p") as [string, string | undefined];
  const [whole, fraction = ""] = mantissa.split(".") as [string, string | undefined];
  const digits = Number.parseInt(whole + fraction, 16);
  return digits * 2 ** (Number(power ?? 0) - 4 * fraction.length);
}
