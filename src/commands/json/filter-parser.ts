import { JsonNumber } from "../../crdt/document/json-value.ts";
import { badPath } from "./json-refusals.ts";
import { COMPARISONS, type Comparison, type Filter, type PathStep, type Term } from "./path.ts";
import type { Scanner } from "./scanner.ts";

/** Parentheses a filter may have inside each other. */
const FILTER_DEPTH_MAX = 64;

/** The expression of `[?…]`: comparisons, `&&` before `||`, parentheses. */
export class FilterParser {
  readonly #scanner: Scanner;
  readonly #parseSteps: (scanner: Scanner) => PathStep[];
  #depth = 0;

  constructor(scanner: Scanner, parseSteps: (scanner: Scanner) => PathStep[]) {
    this.#scanner = scanner;
    this.#parseSteps = parseSteps;
  }

  filter(): Filter {
    if (++this.#depth > FILTER_DEPTH_MAX) throw badPath(this.#scanner.text, this.#scanner.position);
    const of = [this.#conjunction()];
    while (this.#scanner.take("||")) of.push(this.#conjunction());
    this.#depth--;
    return of.length === 1 ? of[0]! : { kind: "any", of };
  }

  #conjunction(): Filter {
    const of = [this.#operand()];
    while (this.#scanner.take("&&")) of.push(this.#operand());
    return of.length === 1 ? of[0]! : { kind: "every", of };
  }

  #operand(): Filter {
    if (this.#scanner.take("(")) {
      const filter = this.filter();
      this.#scanner.expect(")");
      return filter;
    }
    const left = this.#term();
    const comparison = this.#comparison();
    if (comparison === null) return { kind: "exists", term: left };
    return { kind: "compare", left, comparison, right: this.#term() };
  }

  #comparison(): Comparison | null {
    return COMPARISONS.find((one) => this.#scanner.take(one)) ?? null;
  }

  #term(): Term {
    const scanner = this.#scanner;
    if (scanner.take("@")) return this.#path(false);
    if (scanner.take("$")) return this.#path(true);
    if (scanner.sees("'") || scanner.sees('"')) return { kind: "literal", value: scanner.quoted() };
    if (scanner.take("true")) return { kind: "literal", value: true };
    if (scanner.take("false")) return { kind: "literal", value: false };
    if (scanner.take("null")) return { kind: "literal", value: null };
    const text = scanner.decimal();
    const isInteger = /^-?[0-9]+$/u.test(text);
    return {
      kind: "literal",
      value: isInteger ? JsonNumber.ofInteger(BigInt(text)) : JsonNumber.ofDouble(finite(Number(text))),
    };
  }

  #path(fromRoot: boolean): Term {
    const scanner = this.#scanner;
    const continues = scanner.sees(".") || scanner.sees("[");
    return { kind: "path", fromRoot, steps: continues ? this.#parseSteps(scanner) : [] };
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}
