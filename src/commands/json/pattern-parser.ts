/**
 * Regular expressions as Rust's `regex` reads them, in the parts that people use: literals, `.`, classes, `\d \w \s \b`, anchors,
 * groups, alternatives, `* + ? {m,n}` (lazy or not: only whether there is a match is asked), and `(?i)`.
 */
export type PatternNode =
  | { readonly kind: "one"; readonly test: (codePoint: number) => boolean }
  | { readonly kind: "sequence" | "either"; readonly of: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly of: PatternNode; readonly least: number; readonly most: number | null }
  | { readonly kind: "at"; readonly where: "start" | "end" | "edge" | "inside" };

/** Thrown for what cannot be read: such a pattern matches nothing. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

const DEPTH_MAX = 64;
const REPEAT_MAX = 1000;
const CLASSES: Readonly<Record<string, (codePoint: number) => boolean>> = {
  d: (c) => c >= 48 && c <= 57,
  w: isWordCharacter,
  s: (c) => (c >= 9 && c <= 13) || c === 32 || c === 0xa0 || c === 0x2028 || c === 0x2029,
};
const ESCAPED: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };

export function isWordCharacter(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122) || (c > 127 && isLetter(c));
}

function isLetter(c: number): boolean {
  return /[\p{L}\p{N}\p{M}]/u.test(String.fromCodePoint(c));
}

export function parsePattern(text: string): PatternNode {
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #characters: readonly string[];
  #position = 0;
  #ignoresCase = false;
  #depth = 0;

  constructor(text: string) {
    this.#characters = Array.from(text);
  }

  parse(): PatternNode {
    const node = this.#either();
    if (this.#position < this.#characters.length) throw new PatternError("an unopened group is closed");
    return node;
  }

  #either(): PatternNode {
    if (++this.#depth > DEPTH_MAX) throw new PatternError("too deep");
    const of = [this.#sequence()];
    while (this.#take("|")) of.push(this.#sequence());
    this.#depth--;
    return of.length === 1 ? of[0]! : { kind: "either", of };
  }

  #sequence(): PatternNode {
    const of: PatternNode[] = [];
    while (this.#next !== undefined && this.#next !== "|" && this.#next !== ")") of.push(this.#repeated());
    return { kind: "sequence", of };
  }

  #repeated(): PatternNode {
    let node = this.#atom();
    for (;;) {
      const times = this.#times();
      if (times === null) return node;
      node = { kind: "repeat", of: node, ...times };
      this.#take("?");
    }
  }

  #times(): { least: number; most: number | null } | null {
    if (this.#take("*")) return { least: 0, most: null };
    if (this.#take("+")) return { least: 1, most: null };
    if (this.#take("?")) return { least: 0, most: 1 };
    if (!this.#take("{")) return null;
    const least = this.#number();
    let most: number | null = least;
    if (this.#take(",")) most = this.#next === "}" ? null : this.#number();
    if (!this.#take("}") || (most !== null && most < least)) throw new PatternError("a malformed repetition");
    return { least, most };
  }

  #number(): number {
    let digits = "";
    while (/^[0-9]$/u.test(this.#next ?? "")) digits += this.#any();
    const value = Number(digits);
    if (digits === "" || value > REPEAT_MAX) throw new PatternError("a malformed repetition");
    return value;
  }

  #atom(): PatternNode {
    const character = this.#any();
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return this.#class();
      case ".":
        return { kind: "one", test: (c) => c !== 10 };
      case "^":
        return { kind: "at", where: "start" };
      case "$":
        return { kind: "at", where: "end" };
      case "\\":
        return this.#escaped();
      case "*":
      case "+":
      case "?":
      case "{":
        throw new PatternError("nothing to repeat");
      default:
        return { kind: "one", test: this.#same(character.codePointAt(0)!) };
    }
  }

  #group(): PatternNode {
    if (this.#take("?")) {
      if (this.#take("i")) {
        if (!this.#take(")")) throw new PatternError("an unknown group");
        this.#ignoresCase = true;
        return { kind: "sequence", of: [] };
      }
      if (!this.#take(":")) throw new PatternError("an unknown group");
    }
    const node = this.#either();
    if (!this.#take(")")) throw new PatternError("a group that does not end");
    return node;
  }

  #escaped(): PatternNode {
    const character = this.#any();
    if (character === "b") return { kind: "at", where: "edge" };
    if (character === "B") return { kind: "at", where: "inside" };
    if (character === "A") return { kind: "at", where: "start" };
    if (character === "z") return { kind: "at", where: "end" };
    return { kind: "one", test: classOf(character) ?? this.#same(ESCAPED[character] ?? literalOf(character)) };
  }

  #class(): PatternNode {
    const negated = this.#take("^");
    const tests: ((c: number) => boolean)[] = [];
    for (let first = true; first || this.#next !== "]"; first = false) {
      const character = this.#any();
      const named = character === "\\" ? classOf(this.#next ?? "") : undefined;
      if (named !== undefined) {
        this.#any();
        tests.push(named);
        continue;
      }
      const low = this.#classCharacter(character);
      let high = low;
      if (this.#next === "-" && this.#characters[this.#position + 1] !== "]") {
        this.#any();
        high = this.#classCharacter(this.#any());
      }
      if (high < low) throw new PatternError("a range that goes backwards");
      tests.push(this.#between(low, high));
    }
    this.#any();
    return { kind: "one", test: (c) => tests.some((test) => test(c)) !== negated };
  }

  #classCharacter(character: string): number {
    if (character !== "\\") return character.codePointAt(0)!;
    const escaped = this.#any();
    return ESCAPED[escaped] ?? literalOf(escaped);
  }

  #same(codePoint: number): (c: number) => boolean {
    return this.#between(codePoint, codePoint);
  }

  #between(low: number, high: number): (c: number) => boolean {
    if (!this.#ignoresCase) return (c) => c >= low && c <= high;
    const inside = (text: string): boolean => text.codePointAt(0)! >= low && text.codePointAt(0)! <= high;
    return (c) => {
      const text = String.fromCodePoint(c);
      return inside(text) || inside(text.toLowerCase()) || inside(text.toUpperCase());
    };
  }

  get #next(): string | undefined {
    return this.#characters[this.#position];
  }

  #any(): string {
    const character = this.#next;
    if (character === undefined) throw new PatternError("it ends too early");
    this.#position++;
    return character;
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#position++;
    return true;
  }
}

function classOf(character: string): ((c: number) => boolean) | undefined {
  const test = CLASSES[character.toLowerCase()];
  if (test === undefined || !/^[dwsDWS]$/u.test(character)) return undefined;
  return character === character.toLowerCase() ? test : (c) => !test(c);
}

function literalOf(character: string): number {
  if (/^[0-9A-Za-z]$/u.test(character)) throw new PatternError("an unknown escape");
  return character.codePointAt(0)!;
}
