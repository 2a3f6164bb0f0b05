import { badPath } from "./json-refusals.ts";

const NAME = /[A-Za-z0-9\-_`~+#%$^/:\u0080-\u{10ffff}]+/uy;
const INTEGER = /-?(?:[1-9][0-9]{0,17}|[0-9])/uy;
const DECIMAL = /-?(?:[1-9][0-9]*|[0-9])(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?/uy;
const DOUBLE_QUOTED = /"((?:[^"\\]|\\["\\])*)"/uy;
const SINGLE_QUOTED = /'((?:[^'\\]|\\['\\])*)'/uy;

/** Reads the words of a path from left to right. Spaces between words mean nothing. */
export class Scanner {
  readonly text: string;
  #position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get position(): number {
    return this.#position;
  }

  get isAtEnd(): boolean {
    this.#skipSpaces();
    return this.#position === this.text.length;
  }

  sees(word: string): boolean {
    this.#skipSpaces();
    return this.text.startsWith(word, this.#position);
  }

  /** True, and past it, when the word is next. */
  take(word: string): boolean {
    if (!this.sees(word)) return false;
    this.#position += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw this.#wrong();
  }

  /** A key that needs no quotes. */
  name(): string {
    return this.#match(NAME)[0];
  }

  integer(): number {
    return Number(this.#match(INTEGER)[0]);
  }

  /** A number's text. */
  decimal(): string {
    return this.#match(DECIMAL)[0];
  }

  quoted(): string {
    const found = this.#match(this.sees('"') ? DOUBLE_QUOTED : SINGLE_QUOTED);
    return found[1]!.replace(/\\(.)/gsu, "$1");
  }

  #match(pattern: RegExp): RegExpExecArray {
    this.#skipSpaces();
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text);
    if (found === null) throw this.#wrong();
    this.#position = pattern.lastIndex;
    return found;
  }

  #skipSpaces(): void {
    while (this.text[this.#position] === " ") this.#position++;
  }

  #wrong(): Error {
    return badPath(this.text, this.#position);
  }
}
