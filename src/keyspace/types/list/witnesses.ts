import type { Context } from "../../../crdt/context.ts";
import type { Coverage } from "../../../crdt/register.ts";
import type { ListElement } from "./list-element.ts";
import type { ListElements } from "./list-elements.ts";

/** Elements looked at at first, at each end; then twice as many, and so on. */
const LOOK_FIRST = 16;

/**
 * Whether a deadline is live: whether an element is left that its writer had observed. Asked at every read of the list, so the answer
 * is remembered as the element that bears it out. A queue's oldest elements are at one of its ends, so both are looked at,
 * going inwards.
 *
 * When none is left there is never one again: what arrives later was not observed (causal delivery), except by the rest of the very
 * batch that set the deadline.
 */
export class Witnesses {
  readonly #elements: ListElements;
  readonly #known = new Map<Coverage, ListElement | null>();

  constructor(elements: ListElements) {
    this.#elements = elements;
  }

  hasCovered(observed: Coverage): boolean {
    const known = this.#known.get(observed);
    if (known === null) return false;
    // One that has been removed has no dots.
    if (known?.hasDotCoveredBy(observed) === true) return true;
    const found = this.#find(observed);
    // A few deadlines are side by side at most; those that are gone are not worth remembering.
    if (this.#known.size >= WITNESSES_MAX && !this.#known.has(observed)) this.#known.clear();
    this.#known.set(observed, found);
    return found !== null;
  }

  /** An element was written by this batch. */
  written({ origin, sequence }: Context): void {
    for (const [observed, found] of this.#known) {
      if (found === null && observed.covers(origin, sequence)) this.#known.delete(observed);
    }
  }

  #find(observed: Coverage): ListElement | null {
    const { tree } = this.#elements;
    let [low, high] = [0, tree.size];
    for (let count = LOOK_FIRST; low < high; count *= 2) {
      const fromHead = tree.slice(low, Math.min(high, low + count));
      low += fromHead.length;
      const fromTail = tree.slice(Math.max(low, high - count), high);
      high -= fromTail.length;
      const found = [...fromHead, ...fromTail.toReversed()].find((element) => element.hasDotCoveredBy(observed));
      if (found !== undefined) return found;
    }
    return null;
  }
}

const WITNESSES_MAX = 16;
