import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { RestError } from "./rest-error.ts";

/**
 * Commands out of a JSON body. Not JSON.parse: numbers must keep their source text, because a 64-bit integer does not survive
 * a double. So a strict reader of just what can occur: arrays of strings, numbers, booleans, and arrays of such arrays.
 */
export function parseCommand(text: string): BinaryString[] {
  const reader = new ArgumentReader(text);
  const argv = reader.command();
  reader.end();
  return argv;
}

/** `[["GET","k"],…]`. */
export function parseCommands(text: string): BinaryString[][] {
  const reader = new ArgumentReader(text);
  const commands = reader.list(() => reader.command());
  reader.end();
  return commands;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/uy;
const SPACE = /[ \t\r\n]*/uy;

class ArgumentReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  command(): BinaryString[] {
    const argv = this.list(() => this.#argument());
    if (argv.length === 0) throw new RestError(400, "ERR empty command");
    return argv;
  }

  list<Item>(item: () => Item): Item[] {
    const items: Item[] = [];
    this.#expect("[");
    if (this.#take("]")) return items;
    do items.push(item());
    while (this.#take(","));
    this.#expect("]");
    return items;
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#malformed();
  }

  #argument(): BinaryString {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '"') return utf8ToBinary(this.#string());
    if (first === "[" || first === "{")
      throw new RestError(400, "ERR unsupported arg type: arguments are strings, numbers and booleans");
    for (const word of ["true", "false", "null"]) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      if (word === "null") throw new RestError(400, "ERR null args are not supported");
      this.#at += word.length;
      return word;
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) throw this.#malformed();
    this.#at += number.length;
    return number;
  }

  /** The string at the quote. Without escapes it is taken as it stands; with them JSON.parse, which knows them all, reads it. */
  #string(): string {
    const start = this.#at++;
    let escaped = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) {
        this.#at++;
        const raw = this.#text.slice(start + 1, this.#at - 1);
        if (!escaped) return raw;
        try {
          return JSON.parse(`"${raw}"`) as string;
        } catch {
          throw this.#malformed();
        }
      }
      if (code < 0x20) throw this.#malformed();
      if (code !== 0x5c) continue;
      escaped = true;
      this.#at++;
    }
    throw this.#malformed();
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#malformed();
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)![0].length;
  }

  #malformed(): RestError {
    return new RestError(
      400,
      `ERR failed to parse the request: expected a JSON array of arguments, at character ${this.#at}`,
    );
  }
}
