import { ancestor, comparePositions, isSameRun, type Position, type Run } from "../../../crdt/list-position.ts";

/** Runs remembered of one list: its two ends, and the places where somebody inserts one after the other. */
const RUNS_MAX = 4;

interface OwnRun {
  readonly run: Run;
  lowest: number;
  highest: number;
}

/**
 * Runs that this process began in one list, with the offsets it has given out. An offset is never given out twice, also when its
 * element has gone: somebody may be changing that one at this moment. When the list leaves memory they are forgotten, and new
 * runs begin.
 *
 * At the ends of the list any of them goes on; in its middle only the latest, where somebody seems to insert one behind the
 * other. Elsewhere a new run between the digits of the neighbours leaves more room for what comes between the two.
 */
export class OwnRuns {
  /** The latest used first. */
  readonly #runs: OwnRun[] = [];

  /** Where a run of ours goes on with `count` elements between two neighbours (null: the end); null when none does. */
  extension(left: Position | null, right: Position | null, count: number): Position | null {
    if (left !== null) {
      const own = this.#touching(left, right !== null, (one, offset) => offset === one.highest);
      if (own !== null && Number.isSafeInteger(own.highest + count)) {
        const first = { run: own.run, offset: own.highest + 1 };
        if (right === null || comparePositions(first, right) < 0) return first;
      }
    }
    if (right !== null) {
      const own = this.#touching(right, left !== null, (one, offset) => offset === one.lowest);
      if (own !== null && Number.isSafeInteger(own.lowest - count)) {
        const first = { run: own.run, offset: own.lowest - count };
        if (left === null || comparePositions(left, first) < 0) return first;
      }
    }
    return null;
  }

  /** `count` offsets of a run of ours were given out, from `from` upwards. */
  gaveOut(run: Run, from: number, count: number): void {
    const to = from + count - 1;
    const index = this.#runs.findIndex((one) => isSameRun(one.run, run));
    if (index >= 0) {
      const [known] = this.#runs.splice(index, 1) as [OwnRun];
      this.#runs.unshift(known);
      known.lowest = Math.min(known.lowest, from);
      known.highest = Math.max(known.highest, to);
    } else {
      if (this.#runs.length === RUNS_MAX) this.#runs.pop();
      this.#runs.unshift({ run, lowest: from, highest: to });
    }
  }

  /** The run of ours at whose end the neighbour stands: itself, or what it is below of. */
  #touching(neighbour: Position, inMiddle: boolean, isEnd: (own: OwnRun, offset: number) => boolean): OwnRun | null {
    for (const own of inMiddle ? this.#runs.slice(0, 1) : this.#runs) {
      if (neighbour.run.depth < own.run.depth) continue;
      const { run, offset } = ancestor(neighbour, own.run.depth);
      if (isSameRun(run, own.run) && isEnd(own, offset)) return own;
    }
    return null;
  }
}
