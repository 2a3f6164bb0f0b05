import type { JsonScalar } from "../../crdt/document/json-value.ts";

/**
 * A path in RedisJSON's dialect of JSONPath, compiled. *Legacy* paths (`.a.b`, `a[0]`) mean one value and are answered as such;
 * paths that begin with `$` mean any number and are answered as lists.
 */
export interface JsonPath {
  /** As the client wrote it. */
  readonly original: string;
  /** With the root written out, as error texts name it. */
  readonly full: string;
  readonly isLegacy: boolean;
  readonly steps: readonly PathStep[];
}

export type PathStep =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  /** Null where it is left out; `every` is positive. */
  | { readonly kind: "range"; readonly start: number | null; readonly end: number | null; readonly every: number }
  | { readonly kind: "all" }
  /** `..`: the next step is tried on the value and on everything below it. */
  | { readonly kind: "scan" }
  | { readonly kind: "filter"; readonly filter: Filter };

export type Filter =
  | { readonly kind: "any" | "every"; readonly of: readonly Filter[] }
  | { readonly kind: "exists"; readonly term: Term }
  | { readonly kind: "compare"; readonly left: Term; readonly comparison: Comparison; readonly right: Term };

export const COMPARISONS = [">=", "<=", "==", "!=", "=~", ">", "<"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Term =
  | { readonly kind: "literal"; readonly value: JsonScalar }
  /** `@…` or `$…`: a value only when it finds exactly one. */
  | { readonly kind: "path"; readonly fromRoot: boolean; readonly steps: readonly PathStep[] };

/** True for paths that can find at most one value: keys and indexes, one at a time. */
export function isStatic(steps: readonly PathStep[]): boolean {
  return steps.every(
    (step) =>
      (step.kind === "keys" && step.keys.length === 1) || (step.kind === "indexes" && step.indexes.length === 1),
  );
}
