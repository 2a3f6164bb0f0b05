import type { Coverage } from "../../../crdt/register.ts";
import type { WitnessSearch } from "../witnesses.ts";
import type { ListElement } from "./list-element.ts";
import type { ListElements } from "./list-elements.ts";

/** Elements looked at at first, at each end; then twice as many, and so on. */
const LOOK_FIRST = 16;

/** A queue's oldest elements are at one of its ends, so both are looked at, going inwards; ranks move, so each look begins anew. */
export class ListSearch implements WitnessSearch<ListElement> {
  readonly #elements: ListElements;

  constructor(elements: ListElements) {
    this.#elements = elements;
  }

  begin(observed: Coverage): () => ListElement | null {
    return () => this.#find(observed);
  }

  /** One that has been removed has no dots. */
  holds(element: ListElement, observed: Coverage): boolean {
    return element.hasDotCoveredBy(observed);
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
