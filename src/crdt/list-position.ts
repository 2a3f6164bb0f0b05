import type { OriginId } from "./origin.ts";

/**
 * Where an element of a list stands: a *position*, made once at its origin and never changed, so that all regions order the
 * same elements the same way and nothing needs to be remembered of elements that are gone (rows L1, L3, L6). The idea is that
 * of Logoot (Weiss, Urso, Molli, 2009) and its kin, with runs as in RGASplit (Briot, Urso, Shapiro, 2016).
 *
 * A position is a path of components (digit, origin, sequence, offset), compared component by component; a path sorts before
 * its extensions, so between any two positions there is room for another. Digit and offset are signed.
 *
 * Positions that differ in the last offset alone are a *run*: what one origin added one after the other at one place. A run has
 * the dot of the batch that began it, so two runs are never the same, and whatever two regions push at one end at the same
 * moment stays two runs, side by side and never interleaved. A run may be extended later by its origin: upwards with higher,
 * downwards with lower offsets. Who pushes behind another's element begins a run one digit on, on the top level:
 * the paths of a queue stay one component long for ever.
 */
export interface Run {
  readonly parent: Position | null;
  readonly digit: number;
  readonly origin: OriginId;
  readonly sequence: number;
  /** Components of its positions' paths: 1 on the top level. */
  readonly depth: number;
}

export interface Position {
  readonly run: Run;
  readonly offset: number;
}

/** Where a new run has room: it lacks only the dot of who begins it. */
export interface RunPlace {
  readonly parent: Position | null;
  readonly digit: number;
}

/**
 * From one run to the next at an end of a level: 2^16 insertions find room between two before a level is added to the path.
 * Digits are safe integers, so two regions that take turns may do so 10^11 times.
 */
const DIGIT_STEP = 2 ** 16;
/** Beyond this, steps of one: still more of them than anybody will ever take. */
const DIGIT_STEP_END = 2 ** 52;

/** Negative, 0 or positive. Total over all positions, and the same in every region. */
export function comparePositions(left: Position, right: Position): number {
  if (left.run === right.run) return left.offset - right.offset;
  const depth = Math.min(left.run.depth, right.run.depth);
  const order = compareAlike(ancestor(left, depth), ancestor(right, depth));
  return order === 0 ? left.run.depth - right.run.depth : order;
}

export function isSameRun(left: Run, right: Run): boolean {
  if (left === right) return true;
  if (left.sequence !== right.sequence || left.digit !== right.digit || left.origin !== right.origin) return false;
  if (left.depth !== right.depth) return false;
  return left.parent === null || comparePositions(left.parent, right.parent!) === 0;
}

/** The first `depth` components of a path that has at least as many. */
export function ancestor(position: Position, depth: number): Position {
  let one = position;
  while (one.run.depth > depth) one = one.run.parent!;
  return one;
}

/** Room for a run strictly between two neighbours; null: the end of the list. */
export function placeBetween(left: Position | null, right: Position | null): RunPlace {
  const leftDepth = left?.run.depth ?? 0;
  const rightDepth = right?.run.depth ?? 0;
  let parent: Position | null = null;
  let bounded = right !== null;
  for (let depth = 1; ; depth++) {
    const low = depth <= leftDepth ? ancestor(left!, depth) : null;
    const high = bounded && depth <= rightDepth ? ancestor(right!, depth) : null;
    if (low === null) return { parent, digit: high === null ? 0 : digitBefore(high.run.digit) };
    if (high === null) return { parent, digit: digitAfter(low.run.digit) };
    if (compareAlike(low, high) !== 0) {
      const room = high.run.digit - low.run.digit;
      if (room >= 2) return { parent, digit: low.run.digit + Math.min(DIGIT_STEP, Math.floor(room / 2)) };
      // Whatever lies below `low` sorts before `high`: go down there, without a bound.
      bounded = false;
    }
    parent = low;
  }
}

/** Two positions of equal depth. */
function compareAlike(left: Position, right: Position): number {
  const { run: leftRun } = left;
  const { run: rightRun } = right;
  if (leftRun === rightRun) return left.offset - right.offset;
  if (leftRun.parent !== rightRun.parent) {
    const above = compareAlike(leftRun.parent!, rightRun.parent!);
    if (above !== 0) return above;
  }
  if (leftRun.digit !== rightRun.digit) return leftRun.digit - rightRun.digit;
  if (leftRun.origin !== rightRun.origin) return leftRun.origin < rightRun.origin ? -1 : 1;
  if (leftRun.sequence !== rightRun.sequence) return leftRun.sequence - rightRun.sequence;
  return left.offset - right.offset;
}

function digitAfter(digit: number): number {
  return digit + (digit < DIGIT_STEP_END ? DIGIT_STEP : 1);
}

function digitBefore(digit: number): number {
  return digit - (digit > -DIGIT_STEP_END ? DIGIT_STEP : 1);
}
