import type { Place } from "../../crdt/document/edit.ts";
import { ROOT_KEY } from "../../crdt/document/op-id.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import { compareTerms, type TermValue } from "./compare.ts";
import { PATH_VISITS_MAX, PATH_VISITS_TOO_MANY } from "./json-refusals.ts";
import type { Filter, PathStep, Term } from "./path.ts";

/** A value that a path found. */
export interface Match {
  readonly node: JsonNode;
  readonly place: Place;
  /** From the root. */
  readonly route: Route | null;
}

/** A way from the root, backwards. */
export interface Route {
  readonly before: Route | null;
  readonly step: string | number;
  readonly depth: number;
}

/** What a path finds, in the order of the document; a value can be found twice. */
export function findMatches(sight: DocumentSight, steps: readonly PathStep[]): Match[] {
  const finder = new Finder(sight.root);
  const start = { node: sight.root, place: { map: sight.top, key: ROOT_KEY }, route: null };
  const matches: Match[] = [];
  finder.find(start, steps, 0, (match) => matches.push(match));
  return matches;
}

class Finder {
  readonly #root: JsonNode;
  #visits = 0;

  constructor(root: JsonNode) {
    this.#root = root;
  }

  find(at: Match, steps: readonly PathStep[], index: number, found: (match: Match) => void): void {
    if (++this.#visits > PATH_VISITS_MAX) throw PATH_VISITS_TOO_MANY;
    const step = steps[index];
    if (step === undefined) {
      found(at);
      return;
    }
    switch (step.kind) {
      case "keys":
        for (const key of step.keys) this.#findIn(keyOf(at, key), steps, index, found);
        return;
      case "indexes":
        if (!(at.node instanceof ListNode)) return;
        for (const one of step.indexes)
          this.#findIn(itemOf(at, absolute(one, at.node.items.length)), steps, index, found);
        return;
      case "range":
        if (at.node instanceof ListNode) this.#findInRange(at, step, steps, index, found);
        return;
      case "all":
        for (const child of childrenOf(at)) this.find(child, steps, index + 1, found);
        return;
      case "scan":
        this.find(at, steps, index + 1, found);
        for (const child of childrenOf(at)) this.find(child, steps, index, found);
        return;
      case "filter": {
        const isContainer = at.node instanceof MapNode || at.node instanceof ListNode;
        for (const one of isContainer ? childrenOf(at) : [at]) {
          if (this.#passes(one.node, step.filter)) this.find(one, steps, index + 1, found);
        }
      }
    }
  }

  #findIn(child: Match | null, steps: readonly PathStep[], index: number, found: (match: Match) => void): void {
    if (child !== null) this.find(child, steps, index + 1, found);
  }

  #findInRange(
    at: Match,
    range: Extract<PathStep, { kind: "range" }>,
    steps: readonly PathStep[],
    index: number,
    found: (match: Match) => void,
  ): void {
    const { length } = (at.node as ListNode).items;
    const end = range.end === null ? length : absolute(range.end, length);
    const start = range.start === null ? 0 : absolute(range.start, length);
    for (let one = start; one < end; one += range.every) this.#findIn(itemOf(at, one), steps, index, found);
  }

  #passes(node: JsonNode, filter: Filter): boolean {
    switch (filter.kind) {
      case "any":
        return filter.of.some((one) => this.#passes(node, one));
      case "every":
        return filter.of.every((one) => this.#passes(node, one));
      case "exists":
        return this.#valueOf(node, filter.term) !== undefined;
      case "compare":
        return compareTerms(this.#valueOf(node, filter.left), filter.comparison, this.#valueOf(node, filter.right));
    }
  }

  /** Undefined when the term finds nothing, or more than one value. */
  #valueOf(node: JsonNode, term: Term): TermValue {
    if (term.kind === "literal") return { node: term.value, isLiteral: true };
    const values: JsonNode[] = [];
    const start = { node: term.fromRoot ? this.#root : node, place: NOWHERE, route: null };
    this.find(start, term.steps, 0, (match) => values.push(match.node));
    return values.length === 1 ? { node: values[0]!, isLiteral: false } : undefined;
  }
}

/** Inside filters nobody asks where a value is. */
const NOWHERE = null as unknown as Place;

function keyOf(at: Match, key: string): Match | null {
  if (!(at.node instanceof MapNode)) return null;
  const node = at.node.get(key);
  return node === undefined ? null : { node, place: { map: at.node, key }, route: routeTo(at, key) };
}

function itemOf(at: Match, index: number): Match | null {
  const list = at.node as ListNode;
  const node = list.items[index];
  return node === undefined ? null : { node, place: { list, index }, route: routeTo(at, index) };
}

function* childrenOf(at: Match): Generator<Match> {
  if (at.node instanceof MapNode) {
    for (const [key, node] of at.node.entries()) yield { node, place: { map: at.node, key }, route: routeTo(at, key) };
  } else if (at.node instanceof ListNode) {
    for (let index = 0; index < at.node.items.length; index++) yield itemOf(at, index)!;
  }
}

function routeTo({ route }: Match, step: string | number): Route {
  return { before: route, step, depth: (route?.depth ?? 0) + 1 };
}

/** RedisJSON's reading of an index: from the end when negative, and cut at both ends. */
function absolute(index: number, length: number): number {
  return index >= 0 ? Math.min(index, length) : Math.max(index + length, 0);
}
