import { isUtf8 } from "node:buffer";
import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { bytesToString } from "../../resp/short-string.ts";
import { countExceeded, RestError } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

/**
 * Commands out of a JSON body. Not JSON.parse: numbers must keep their source text, because a 64-bit integer does not survive
 * a double. So a strict reader of just what can occur: arrays of strings, numbers and booleans, and arrays of such arrays.
 * Deeper nesting is no argument, so there is no depth to bound.
 *
 * It reads bytes: the body is UTF-8 and so are binary strings, so a string without escapes is copied once and never decoded.
 * (A copy, not a slice of one big string: a key kept for years must not keep the body it came in.) JSON is UTF-8 by its
 * definition: bytes that are not, and halves of surrogate pairs in escapes, become U+FFFD as in the platform's own reader.
 */
export function parseCommand(body: Buffer, limits: ArgumentLimits): BinaryString[] {
  const reader = new ArgumentReader(body, limits);
  const argv = reader.command();
  reader.end();
  return argv;
}

/** `[["GET","k"],…]`. */
export function parseCommands(body: Buffer, limits: ArgumentLimits): BinaryString[][] {
  const reader = new ArgumentReader(body, limits);
  const commands = reader.commands();
  reader.end();
  return commands;
}

type ArgumentLimits = Pick<RestLimits, "argumentsMax" | "pipelineCommandsMax">;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE = 0x7b;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/u;
// Characters below a space may stand in a JSON string only escaped.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f]/u;
const WORDS: readonly BinaryString[] = ["true", "false", "null"];

class ArgumentReader {
  readonly #bytes: Buffer;
  readonly #limits: ArgumentLimits;
  #at = 0;
  /** Where the next backslash is, from here on; past the end when there is none. */
  #backslash = -1;

  constructor(body: Buffer, limits: ArgumentLimits) {
    this.#bytes = isUtf8(body) ? body : Buffer.from(body.utf8Slice());
    this.#limits = limits;
  }

  command(): BinaryString[] {
    const argv = this.#list(() => this.#argument(), this.#limits.argumentsMax, "arguments");
    if (argv.length === 0) throw new RestError(400, "ERR empty command");
    return argv;
  }

  commands(): BinaryString[][] {
    const commands = this.#list(() => this.command(), this.#limits.pipelineCommandsMax, "pipeline commands");
    if (commands.length === 0) throw new RestError(400, "ERR empty command");
    return commands;
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#malformed();
  }

  #list<Item>(item: () => Item, countMax: number, what: string): Item[] {
    const items: Item[] = [];
    this.#expect(OPEN);
    if (this.#take(CLOSE)) return items;
    do {
      if (items.length >= countMax) throw countExceeded(what, countMax, countMax + 1);
      items.push(item());
    } while (this.#take(COMMA));
    this.#expect(CLOSE);
    return items;
  }

  #argument(): BinaryString {
    this.#skipSpace();
    const first = this.#bytes[this.#at];
    if (first === QUOTE) return this.#string();
    if (first === OPEN || first === BRACE) {
      throw new RestError(400, "ERR unsupported arg type: arguments are strings, numbers and booleans");
    }
    const start = this.#at;
    while (this.#at < this.#bytes.length && isScalarByte(this.#bytes[this.#at]!)) this.#at++;
    const scalar = this.#bytes.latin1Slice(start, this.#at);
    if (scalar === "null") throw new RestError(400, "ERR null args are not supported");
    if (!NUMBER.test(scalar) && !WORDS.includes(scalar)) {
      this.#at = start;
      throw this.#malformed();
    }
    return scalar;
  }

  /** The string at the quote. Without escapes its bytes are the argument; with them JSON.parse, which knows them all, reads it. */
  #string(): BinaryString {
    const start = this.#at + 1;
    const plain = plainUpToQuote(this.#bytes, start);
    if (plain >= 0) {
      this.#at = plain + 1;
      return bytesToString(this.#bytes, start, plain - start);
    }
    const quote = this.#bytes.indexOf(QUOTE, start);
    if (quote < 0) throw this.#malformed();
    if (this.#backslash < start) {
      const next = this.#bytes.indexOf(BACKSLASH, start);
      this.#backslash = next < 0 ? this.#bytes.length : next;
    }
    if (this.#backslash < quote) return this.#escapedString(start);
    const text = this.#bytes.latin1Slice(start, quote);
    if (CONTROL.test(text)) throw this.#malformed();
    this.#at = quote + 1;
    return text;
  }

  #escapedString(start: number): BinaryString {
    const bytes = this.#bytes;
    let at = this.#backslash;
    while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= bytes.length) throw this.#malformed();
    try {
      const text = JSON.parse(`"${bytes.utf8Slice(start, at)}"`) as string;
      this.#at = at + 1;
      return utf8ToBinary(text);
    } catch {
      throw this.#malformed();
    }
  }

  #take(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #expect(byte: number): void {
    if (!this.#take(byte)) throw this.#malformed();
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at++;
    this.#at = at;
  }

  #malformed(): RestError {
    return new RestError(
      400,
      `ERR failed to parse the request: expected a JSON array of arguments, at byte ${this.#at}`,
    );
  }
}

/** How far a string is searched byte by byte: beyond it the calls out of JavaScript are cheaper. */
const SHORT_BYTES_MAX = 48;

/**
 * Where a short string without escapes and control characters ends; -1 when it is not one. Most arguments are, and for those the
 * searches for a quote and a backslash and the look for control characters cost more than this one loop.
 */
function plainUpToQuote(bytes: Buffer, start: number): number {
  const end = Math.min(bytes.length, start + SHORT_BYTES_MAX);
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte < 0x20) return -1;
  }
  return -1;
}

/** What a number or a word can be made of: letters, digits, sign, point. */
function isScalarByte(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const lower = byte | 0x20;
  return isDigit || (lower >= 0x61 && lower <= 0x7a) || byte === 0x2d || byte === 0x2e || byte === 0x2b;
}
