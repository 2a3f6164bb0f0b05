import { PatternError, isWordCharacter, parsePattern, type PatternNode } from "./pattern-parser.ts";

/**
 * Whether a regular expression is found in a text, in time linear in both (Thompson's simulation, as Rust's `regex` promises):
 * JavaScript's own backtracks, and a client could stop the region with a filter.
 */
const INSTRUCTIONS_MAX = 5000;

type Instruction =
  | { readonly kind: "one"; readonly test: (codePoint: number) => boolean }
  | { readonly kind: "at"; readonly where: "start" | "end" | "edge" | "inside" }
  | { readonly kind: "split"; first: number; second: number }
  | { readonly kind: "jump"; to: number }
  | { readonly kind: "found" };

/** A pattern that cannot be read, or is too large, matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  let program: readonly Instruction[];
  try {
    program = compile(pattern);
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
  return new Simulation(
    program,
    Array.from(text, (character) => character.codePointAt(0)!),
  ).run();
}

let lastPattern: string | null = null;
let lastProgram: readonly Instruction[] = [];

/** A filter asks the same pattern of every item. */
function compile(pattern: string): readonly Instruction[] {
  if (pattern === lastPattern) return lastProgram;
  const compiler = new Compiler();
  compiler.emit(parsePattern(pattern));
  lastProgram = [...compiler.program, { kind: "found" }];
  lastPattern = pattern;
  return lastProgram;
}

class Compiler {
  readonly program: Instruction[] = [];

  emit(node: PatternNode): void {
    switch (node.kind) {
      case "one":
      case "at":
        this.#push(node);
        return;
      case "sequence":
        for (const one of node.of) this.emit(one);
        return;
      case "either":
        this.#either(node.of);
        return;
      case "repeat":
        for (let left = node.least; left > 0; left--) this.emit(node.of);
        if (node.most === null) this.#forever(node.of);
        else for (let left = node.most - node.least; left > 0; left--) this.#maybe(node.of);
    }
  }

  #either(nodes: readonly PatternNode[]): void {
    const jumps: Extract<Instruction, { kind: "jump" }>[] = [];
    for (const [index, node] of nodes.entries()) {
      if (index === nodes.length - 1) {
        this.emit(node);
        break;
      }
      const split = this.#push({ kind: "split", first: this.program.length + 1, second: 0 });
      this.emit(node);
      jumps.push(this.#push({ kind: "jump", to: 0 }));
      split.second = this.program.length;
    }
    for (const jump of jumps) jump.to = this.program.length;
  }

  #forever(node: PatternNode): void {
    const start = this.program.length;
    const split = this.#push({ kind: "split", first: start + 1, second: 0 });
    this.emit(node);
    this.#push({ kind: "jump", to: start });
    split.second = this.program.length;
  }

  #maybe(node: PatternNode): void {
    const split = this.#push({ kind: "split", first: this.program.length + 1, second: 0 });
    this.emit(node);
    split.second = this.program.length;
  }

  #push<I extends Instruction>(instruction: I): I {
    if (this.program.length >= INSTRUCTIONS_MAX) throw new PatternError("too large");
    this.program.push(instruction);
    return instruction;
  }
}

class Simulation {
  readonly #program: readonly Instruction[];
  readonly #text: readonly number[];

  constructor(program: readonly Instruction[], text: readonly number[]) {
    this.#program = program;
    this.#text = text;
  }

  run(): boolean {
    let active = new Set<number>();
    for (let position = 0; position <= this.#text.length; position++) {
      // A match may begin anywhere.
      if (this.#follow(0, position, active)) return true;
      const next = new Set<number>();
      for (const index of active) {
        const instruction = this.#program[index]!;
        if (instruction.kind !== "one" || position === this.#text.length) continue;
        if (instruction.test(this.#text[position]!) && this.#follow(index + 1, position + 1, next)) return true;
      }
      active = next;
    }
    return false;
  }

  /** Adds what can be reached without a character; true when that is the end of the pattern. */
  #follow(start: number, position: number, into: Set<number>): boolean {
    const stack = [start];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (into.has(index)) continue;
      into.add(index);
      const instruction = this.#program[index]!;
      if (instruction.kind === "found") return true;
      if (instruction.kind === "jump") stack.push(instruction.to);
      else if (instruction.kind === "split") stack.push(instruction.second, instruction.first);
      else if (instruction.kind === "at" && this.#isAt(instruction.where, position)) stack.push(index + 1);
    }
    return false;
  }

  #isAt(where: "start" | "end" | "edge" | "inside", position: number): boolean {
    if (where === "start") return position === 0;
    if (where === "end") return position === this.#text.length;
    const isEdge = this.#isWord(position - 1) !== this.#isWord(position);
    return isEdge === (where === "edge");
  }

  #isWord(position: number): boolean {
    const character = this.#text[position];
    return character !== undefined && isWordCharacter(character);
  }
}
