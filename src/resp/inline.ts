import type { BinaryString } from "../base/bytes.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/**
 * Splits a line as a person types it: words, "double quotes" with escapes (`\n`, `\xff`, `\"`), 'single quotes' with `\'`.
 * Null when a quote is not closed, or is closed in the middle of a word. A NUL ends the line. Source: Redis' inline commands,
 * down to vertical tab and form feed: they separate words, but do not end one.
 */
export function splitInline(bytes: BinaryString): BinaryString[] | null {
  const nul = bytes.indexOf("\0");
  const line = nul < 0 ? bytes : bytes.slice(0, nul);
  const words: BinaryString[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at]!)) at++;
    if (at >= line.length) return words;
    const word = readWord(line, at);
    if (word === null) return null;
    words.push(word.text);
    at = word.end;
  }
}

function readWord(line: string, start: number): { readonly text: string; readonly end: number } | null {
  let text = "";
  let at = start;
  while (at < line.length && !endsWord(line[at]!)) {
    const character = line[at]!;
    if (character !== '"' && character !== "'") {
      text += character;
      at++;
      continue;
    }
    const quoted = character === '"' ? readDouble(line, at + 1) : readSingle(line, at + 1);
    if (quoted === null || (quoted.end < line.length && !isSpace(line[quoted.end]!))) return null;
    return { text: text + quoted.text, end: quoted.end };
  }
  return { text, end: at };
}

function readDouble(line: string, start: number): { readonly text: string; readonly end: number } | null {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"') return { text, end: at + 1 };
    if (character !== "\\" || at + 1 >= line.length) {
      text += character;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/u.exec(line.slice(at + 1, at + 4));
    if (hex !== null) {
      text += String.fromCharCode(Number.parseInt(hex[1]!, 16));
      at += 3;
      continue;
    }
    at++;
    text += ESCAPES[line[at]!] ?? line[at]!;
  }
  return null;
}

function readSingle(line: string, start: number): { readonly text: string; readonly end: number } | null {
  let text = "";
  for (let at = start; at < line.length; at++) {
    if (line[at] === "'") return { text, end: at + 1 };
    if (line[at] === "\\" && line[at + 1] === "'") at++;
    text += line[at]!;
  }
  return null;
}

function isSpace(character: string): boolean {
  return character === " " || (character >= "\t" && character <= "\r");
}

function endsWord(character: string): boolean {
  return character === " " || character === "\n" || character === "\r" || character === "\t";
}
