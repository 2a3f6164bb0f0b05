import { CountedTree } from "../../../base/counted-tree.ts";
import { comparePositions, isSameRun, type Position, type Run } from "../../../crdt/list-position.ts";
import { ListElement } from "./list-element.ts";

/**
 * Estimated bytes of one element besides its value's characters: register, place in the tree, string header. Runs are not
 * counted: few where many elements share one.
 */
const ELEMENT_OVERHEAD_BYTES = 144;
/** A removal of more than this part of a list builds the list anew of what is left, which costs a step an element. */
const REBUILD_PART = 1 / 16;
const REBUILD_ELEMENTS_MIN = 256;

/** The elements of one list in order, found by rank or by position. */
export class ListElements {
  #tree = new CountedTree<ListElement>(comparePositions);
  /** Elements read back from rows and not in the tree yet. */
  #restored: ListElement[] = [];
  bytes = 0;

  get size(): number {
    return this.tree.size;
  }

  get tree(): CountedTree<ListElement> {
    if (this.#restored.length > 0) this.#takeRestored();
    return this.#tree;
  }

  find(position: Position): ListElement | undefined {
    const found = this.tree.at(this.rankFrom(position));
    return found !== undefined && comparePositions(found, position) === 0 ? found : undefined;
  }

  /** The rank of the first element at or after a position. */
  rankFrom(position: Position): number {
    return this.tree.lowerBound((one) => comparePositions(one, position));
  }

  /** The rank of the first element after a position. */
  rankAfter(position: Position): number {
    return this.tree.lowerBound((one) => (comparePositions(one, position) <= 0 ? -1 : 1));
  }

  /** The element at a position, made when there is none: then it is empty, and the caller gives it a value. */
  findOrAdd(position: Position): ListElement {
    const { tree } = this;
    const last = tree.at(tree.size - 1);
    const rank = last !== undefined && comparePositions(last, position) < 0 ? tree.size : this.rankFrom(position);
    const there = tree.at(rank);
    if (there !== undefined && comparePositions(there, position) === 0) return there;
    const run = sharedRun(position.run, tree.at(rank - 1)) ?? sharedRun(position.run, there);
    const element = new ListElement({ run: run ?? position.run, offset: position.offset });
    tree.insert(element);
    this.bytes += ELEMENT_OVERHEAD_BYTES;
    return element;
  }

  /** Removes the elements of ranks `from` to `to` (excluded) that `isGone` says; answers them. */
  removeWhere(from: number, to: number, isGone: (element: ListElement) => boolean): readonly ListElement[] {
    const { tree } = this;
    const gone: ListElement[] = [];
    if (to - from >= Math.max(REBUILD_ELEMENTS_MIN, tree.size * REBUILD_PART)) {
      const left: ListElement[] = [];
      let rank = 0;
      for (const element of tree) {
        const isHit = rank >= from && rank < to && isGone(element);
        (isHit ? gone : left).push(element);
        rank++;
      }
      this.#tree = CountedTree.fromSorted(left, comparePositions);
    } else {
      for (const element of tree.slice(from, to)) {
        if (!isGone(element)) continue;
        gone.push(element);
        tree.remove(element);
      }
    }
    this.bytes -= gone.length * ELEMENT_OVERHEAD_BYTES;
    return gone;
  }

  /** Rows come in order, but for positions of so long a name that the row's key is a hash of it. */
  restore(element: ListElement): void {
    this.#restored.push(element);
    this.bytes += ELEMENT_OVERHEAD_BYTES + element.textLength();
  }

  get lastRestoredRun(): Run | null {
    return this.#restored.at(-1)?.run ?? null;
  }

  #takeRestored(): void {
    const all = [...this.#tree, ...this.#restored];
    this.#restored = [];
    const inOrder = all.every((one, index) => index === 0 || comparePositions(all[index - 1]!, one) < 0);
    this.#tree = CountedTree.fromSorted(inOrder ? all : all.toSorted(comparePositions), comparePositions);
  }
}

function sharedRun(run: Run, neighbour: ListElement | undefined): Run | null {
  return neighbour !== undefined && isSameRun(neighbour.run, run) ? neighbour.run : null;
}
