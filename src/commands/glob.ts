/**
 * Redis' glob patterns (KEYS, SCAN MATCH, CONFIG GET): `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a character that is meant as
 * itself. Byte-wise, as keys are.
 *
 * A pattern is compiled once and then asked many times. Only the last `*` is ever gone back to (what an earlier one
 * matched can stay as short as it was), so a hostile pattern costs at most length × length, never exponential time.
 */
export class Glob {
  readonly #tokens: readonly Token[];
  /** What every match begins with: rejects most keys of a prefix pattern natively. */
  readonly #prefix: string;
  readonly #literal: boolean;
  readonly #ignoreCase: boolean;

  constructor(pattern: string, ignoreCase = false) {
    this.#ignoreCase = ignoreCase;
    this.#tokens = compile(ignoreCase ? pattern.toLowerCase() : pattern);
    let prefix = "";
    for (const token of this.#tokens) {
      if (typeof token !== "number") break;
      prefix += String.fromCharCode(token);
    }
    this.#prefix = prefix;
    this.#literal = prefix.length === this.#tokens.length;
  }

  /** The one text it matches, when there are no special characters in it; else null. */
  get literal(): string | null {
    return this.#literal && !this.#ignoreCase ? this.#prefix : null;
  }

  matches(candidate: string): boolean {
    const text = this.#ignoreCase ? candidate.toLowerCase() : candidate;
    if (this.#literal) return text === this.#prefix;
    if (!text.startsWith(this.#prefix)) return false;
    const tokens = this.#tokens;
    let at = this.#prefix.length;
    let token = this.#prefix.length;
    let starToken = -1;
    let starAt = 0;
    while (at < text.length) {
      const current = tokens[token];
      if (current === ANY) {
        starToken = token++;
        starAt = at;
      } else if (current !== undefined && fits(current, text.charCodeAt(at))) {
        token++;
        at++;
      } else if (starToken >= 0) {
        token = starToken + 1;
        at = ++starAt;
      } else {
        return false;
      }
    }
    while (tokens[token] === ANY) token++;
    return token === tokens.length;
  }
}

const ANY = "any";
const ONE = "one";
/** A character code, a wildcard, or a set of bytes (1: in it). */
type Token = number | typeof ANY | typeof ONE | Uint8Array;

function fits(token: Token, code: number): boolean {
  if (typeof token === "number") return token === code;
  return token === ONE || (typeof token !== "string" && token[code] === 1);
}

function compile(pattern: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at]!;
    if (character === "*") {
      if (tokens.at(-1) !== ANY) tokens.push(ANY);
      at++;
    } else if (character === "?") {
      tokens.push(ONE);
      at++;
    } else if (character === "[") {
      const parsed = compileSet(pattern, at + 1);
      tokens.push(parsed.set);
      at = parsed.next;
    } else {
      if (character === "\\" && at + 1 < pattern.length) at++;
      tokens.push(pattern.charCodeAt(at++));
    }
  }
  return tokens;
}

/** The set that begins after `[`. One that is never closed reaches to the end of the pattern, as in Redis. */
function compileSet(pattern: string, start: number): { readonly set: Uint8Array; readonly next: number } {
  const set = new Uint8Array(256);
  let at = start;
  const negated = pattern[at] === "^";
  if (negated) at++;
  while (at < pattern.length && pattern[at] !== "]") {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      set[pattern.charCodeAt(at + 1)] = 1;
      at += 2;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const left = pattern.charCodeAt(at);
      const right = pattern.charCodeAt(at + 2);
      set.fill(1, Math.min(left, right), Math.max(left, right) + 1);
      at += 3;
    } else {
      set[pattern.charCodeAt(at++)] = 1;
    }
  }
  if (negated) for (let code = 0; code < 256; code++) set[code] = set[code] === 1 ? 0 : 1;
  return { set, next: at + 1 };
}
