import type { Context } from "../../crdt/context.ts";
import type { Coverage } from "../../crdt/register.ts";

/** How a collection looks for an element that somebody had observed. */
export interface WitnessSearch<Element> {
  /** Begins; each call of what it answers goes on from where the last one stopped, and answers null at the end. */
  begin(observed: Coverage): () => Element | null;
  /** Whether the element is still there, with a dot that is covered. */
  holds(element: Element, observed: Coverage): boolean;
}

/**
 * Whether a deadline is live: whether an element is left that its writer had observed. Asked at every command on a collection, so the
 * answer is remembered as the element that bears it out, and the search for the next one goes on from there: an element that
 * was not covered never is later, so a deadline costs one pass over its collection, however many writes there are meanwhile.
 *
 * When none is left there is never one again: what arrives later was not observed (causal delivery), except by the rest of the very
 * batch that set the deadline.
 */
export class Witnesses<Element> {
  readonly #search: WitnessSearch<Element>;
  readonly #known = new Map<Coverage, { readonly next: () => Element | null; found: Element | null }>();

  constructor(search: WitnessSearch<Element>) {
    this.#search = search;
  }

  hasCovered(observed: Coverage): boolean {
    let known = this.#known.get(observed);
    if (known === undefined) {
      const next = this.#search.begin(observed);
      known = { next, found: next() };
      // A few deadlines are side by side at most; those that are gone are not worth remembering.
      if (this.#known.size >= WITNESSES_MAX) this.#known.clear();
      this.#known.set(observed, known);
    }
    while (known.found !== null && !this.#search.holds(known.found, observed)) known.found = known.next();
    return known.found !== null;
  }

  /** An element was written by this batch. */
  written({ origin, sequence }: Context): void {
    for (const observed of this.#known.keys()) if (observed.covers(origin, sequence)) this.#known.delete(observed);
  }
}

const WITNESSES_MAX = 16;
