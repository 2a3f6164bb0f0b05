import type { BinaryString } from "../../base/bytes.ts";
import { splitInline } from "../../resp/inline.ts";

/**
 * Finds the commands in what a client sends, without keeping them: bytes go on to the region as they came, and here only their
 * names are read, and all words of the few commands that make a session what it is. Values are skipped by their lengths. What is not
 * plain RESP is for the region to judge: from then on nothing is understood, and nothing is claimed.
 */
export interface ScannedCommand {
  /** Upper case; at most `NAME_BYTES_MAX` of it. */
  readonly name: string;
  /** Its words, for those whose `keeps` said so; null: not kept, or longer than `KEPT_BYTES_MAX`. */
  readonly words: readonly BinaryString[] | null;
}

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const NAME_BYTES_MAX = 64;
const KEPT_BYTES_MAX = 16 * 1024;
/** A line of lengths, or an inline command. */
const LINE_BYTES_MAX = 64 * 1024;
const ARGUMENTS_MAX = 1024 * 1024;

export class RequestScanner {
  readonly #keeps: (name: string) => boolean;
  readonly #onCommand: (command: ScannedCommand) => void;
  #understands = true;
  /** A line whose end has not come. */
  #line = "";
  /** Arguments still missing of the command being read; 0 between commands. */
  #missing = 0;
  /** Bytes still missing of the argument being read, its line end included; 0 while a line is read. */
  #skip = 0;
  #isName = false;
  /** The argument being read, while it is wanted. */
  #wanted: string | null = null;
  #name = "";
  #words: BinaryString[] | null = null;
  #keptBytes = 0;

  constructor(keeps: (name: string) => boolean, onCommand: (command: ScannedCommand) => void) {
    this.#keeps = keeps;
    this.#onCommand = onCommand;
  }

  get understands(): boolean {
    return this.#understands;
  }

  /** Nothing of a command has come that is not whole. */
  get isBetweenCommands(): boolean {
    return this.#understands && this.#missing === 0 && this.#line === "";
  }

  feed(chunk: Buffer): void {
    let at = 0;
    while (this.#understands && at < chunk.length)
      at = this.#skip > 0 ? this.#argument(chunk, at) : this.#readLine(chunk, at);
  }

  #argument(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#skip);
    if (this.#wanted !== null) this.#wanted += chunk.latin1Slice(at, end);
    this.#skip -= end - at;
    if (this.#skip > 0) return end;
    if (this.#wanted !== null) this.#word(this.#wanted.slice(0, -2));
    this.#isName = false;
    this.#missing--;
    if (this.#missing === 0) this.#emit();
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const found = chunk.indexOf(LF, at);
    const end = found < 0 ? chunk.length : found;
    if (this.#line.length + end - at > LINE_BYTES_MAX) this.#understands = false;
    else if (found < 0) this.#line += chunk.latin1Slice(at, end);
    else if (this.#line === "") this.#judge(chunk, at, end);
    else {
      const line = Buffer.from(this.#line + chunk.latin1Slice(at, end), "latin1");
      this.#line = "";
      this.#judge(line, 0, line.length);
    }
    return end + 1;
  }

  /** The line from `at` to its LF at `end`. */
  #judge(bytes: Buffer, at: number, end: number): void {
    const first = bytes[at];
    const hasReturn = end > at && bytes[end - 1] === CR;
    if (this.#missing === 0 && first !== STAR) {
      this.#inline(bytes.latin1Slice(at, hasReturn ? end - 1 : end));
      return;
    }
    const length = hasReturn ? lengthOf(bytes, at + 1, end - 1) : -1;
    if (length < 0 || length > (first === STAR ? ARGUMENTS_MAX : Number.MAX_SAFE_INTEGER)) this.#understands = false;
    else if (this.#missing === 0) this.#begin(length);
    else if (first === DOLLAR) this.#announce(length);
    else this.#understands = false;
  }

  #begin(count: number): void {
    this.#missing = count;
    this.#isName = true;
    this.#name = "";
    this.#words = null;
    this.#keptBytes = 0;
  }

  #announce(length: number): void {
    this.#skip = length + 2;
    const isWanted = this.#isName ? length <= NAME_BYTES_MAX : this.#words !== null;
    this.#wanted = isWanted ? "" : null;
    if (this.#words === null) return;
    this.#keptBytes += length;
    if (this.#keptBytes <= KEPT_BYTES_MAX) return;
    this.#words = null;
    this.#wanted = null;
  }

  #word(word: BinaryString): void {
    if (this.#isName) {
      this.#name = word.toUpperCase();
      if (this.#keeps(this.#name)) this.#words = [word];
    } else this.#words?.push(word);
  }

  #emit(): void {
    this.#onCommand({ name: this.#name, words: this.#words });
    this.#words = null;
  }

  #inline(line: string): void {
    const words = splitInline(line);
    if (words === null) this.#understands = false;
    else if (words.length > 0) {
      const name = words[0]!.toUpperCase().slice(0, NAME_BYTES_MAX);
      this.#onCommand({ name, words: this.#keeps(name) && line.length <= KEPT_BYTES_MAX ? words : null });
    }
  }
}

/** Digits without a sign; -1 for anything else. */
function lengthOf(bytes: Buffer, from: number, to: number): number {
  if (to <= from || to - from > 15) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
