import { AssertionError } from "../base/assert.ts";
import type { Context } from "./context.ts";
import { addDeltas, totalOf, type Delta, type Total } from "./delta.ts";
import type { HlcStamp } from "./hlc.ts";
import type { OriginTable } from "./origin.ts";
import type { VersionVector } from "./version-vector.ts";

/** A stamp is kept in two words, of 32 and 21 bits: a field for a number beyond 31 bits costs an object of its own. */
const WORD = 2 ** 32;
/** An origin stands above the upper one. */
const ORIGIN_UNIT = 2 ** 21;

/**
 * A multi-value register with increments: the value of a string key, of a hash field, of a score.
 *
 * State = concurrent base values ("siblings") + increments, each with its dot. A write removes every base and increment it
 * has observed and adds its own base; a remove only removes; an increment only adds. What is shown is the base with the
 * highest (stamp, origin) plus the sum of the increments still here. So a write that causally follows always wins, an
 * increment concurrent to a write survives it, and no region needs to remember what was removed.
 *
 * Nearly always there is one base and nothing else, so that case is inline and the rest hangs off `#more`.
 *
 * There are as many registers as keys and fields. Methods are private to the compiler alone: of a class that has a `#method` each object
 * has a word more, by which V8 knows that it may call it. The same goes for the facets.
 */
export class Register {
  /** The base's text, or where a subclass keeps it. */
  #value: string | object | null = null;
  #sequence = 0;
  /** The base's origin, and its stamp without the lower word: a small number for the first thousand origins of a directory. */
  #originAndStamp = 0;
  #stampLow = 0;
  #more: More | null = null;

  get isEmpty(): boolean {
    return this.#value === null && this.#more === null;
  }

  /** Concurrent base values are kept: readers see one, a write that observed them all replaces them. */
  get isConflicted(): boolean {
    return this.#more !== null && this.#more.siblings.length > 0;
  }

  /** Has state that will be folded once stable. */
  get isUnfolded(): boolean {
    return this.#more !== null && this.#more.increments.length > 0;
  }

  /** Stamp of the newest live write: base or increment. */
  get stamp(): HlcStamp {
    let newest = this.#value === null ? 0 : this.baseStamp();
    if (this.#more !== null) for (const increment of this.#more.increments) newest = Math.max(newest, increment.stamp);
    return newest;
  }

  /** Origin of the write that `stamp` belongs to. */
  originOfStamp(origins: OriginTable): number {
    let bestStamp = this.#value === null ? -1 : this.baseStamp();
    let bestOrigin = this.baseOrigin();
    for (const increment of this.#more?.increments ?? []) {
      const later =
        increment.stamp > bestStamp ||
        (increment.stamp === bestStamp && origins.compare(increment.origin, bestOrigin) > 0);
      if (later) {
        bestStamp = increment.stamp;
        bestOrigin = increment.origin;
      }
    }
    return bestOrigin;
  }

  /** SET: replaces what the context observed, keeps what is concurrent. */
  put(context: Context, value: string, origins: OriginTable): void {
    if (this.#more !== null) this.dropObservedExtras(context);
    if (this.#value === null || context.covers(this.baseOrigin(), this.#sequence)) {
      this.setBase(value, context.origin, context.sequence, context.stamp);
      if (this.#more !== null) this.electBase(origins);
      return;
    }
    const more = (this.#more ??= { siblings: [], increments: [] });
    more.siblings.push({ value, origin: context.origin, sequence: context.sequence, stamp: context.stamp });
    this.electBase(origins);
  }

  /** INCRBY and its like: adds to whatever base is or becomes the shown one. */
  add(context: Context, delta: Delta): void {
    const more = (this.#more ??= { siblings: [], increments: [] });
    const last = more.increments.at(-1);
    if (last !== undefined && last.origin === context.origin && last.sequence === context.sequence) {
      // One batch is observed whole or not at all: its increments can share a dot.
      last.delta = addDeltas(last.delta, delta);
      return;
    }
    more.increments.push({ origin: context.origin, sequence: context.sequence, stamp: context.stamp, delta });
  }

  /** HDEL, DEL: removes what the context observed. */
  removeObserved(context: Context, origins: OriginTable): void {
    if (this.#value !== null && context.covers(this.baseOrigin(), this.#sequence)) {
      if (typeof this.#value !== "string") this.letGo(this.#value);
      this.#value = null;
    }
    if (this.#more === null) return;
    this.dropObservedExtras(context);
    if (this.#value === null) this.electBase(origins);
  }

  /** True when some live dot of this register is covered by `context`. */
  hasDotCoveredBy(context: Coverage): boolean {
    if (this.#value !== null && context.covers(this.baseOrigin(), this.#sequence)) return true;
    return this.#more !== null && hasMoreCoveredBy(this.#more, context);
  }

  /** True when the dot of the shown base is covered; without a base, any increment's. */
  shownIsCoveredBy(context: Coverage): boolean {
    if (this.#value !== null) return context.covers(this.baseOrigin(), this.#sequence);
    return this.hasDotCoveredBy(context);
  }

  /** True when every live dot is at or below `frontier`. */
  isWithin(frontier: VersionVector): boolean {
    if (this.#value !== null && !frontier.covers(this.baseOrigin(), this.#sequence)) return false;
    const within = (dot: Dot): boolean => frontier.covers(dot.origin, dot.sequence);
    return this.#more === null || (this.#more.siblings.every(within) && this.#more.increments.every(within));
  }

  /** What a client sees; null when nothing is here. */
  text(): string | null {
    if (this.#more === null || this.#more.increments.length === 0) return this.baseText();
    return this.shownTotal(this.#more).text;
  }

  /**
   * Forgets what can no longer matter: increments on a single base, all of them stable, become part of the base. Not when
   * the shown total is saturated, rounded or hidden: then the parts are still needed.
   */
  fold(frontier: VersionVector, origins: OriginTable): void {
    const more = this.#more;
    if (more === null || more.siblings.length > 0 || more.increments.length === 0 || !this.isWithin(frontier)) return;
    const total = this.shownTotal(more);
    if (!total.exact) return;
    const origin = this.originOfStamp(origins);
    const stamp = this.stamp;
    const newest = more.increments.find((one) => one.origin === origin && one.stamp === stamp);
    this.setBase(total.text, origin, newest?.sequence ?? this.#sequence, stamp);
    this.#more = null;
  }

  /** Every base, the shown one first, then by (stamp, origin) downwards. */
  bases(origins: OriginTable): readonly Base[] {
    if (this.#value === null) return [];
    const shown = this.base();
    const siblings = [...(this.#more?.siblings ?? [])].toSorted((left, right) => compareBases(right, left, origins));
    return [shown, ...siblings];
  }

  /** The shown base alone; null when there are only increments, or nothing. */
  shownBase(): Base | null {
    if (this.#value === null) return null;
    return this.base();
  }

  /** Length of the texts of all bases: for memory accounting. */
  textLength(): number {
    const value = this.#value;
    const shown = value === null ? 0 : typeof value === "string" ? value.length : this.keptLength(value);
    return this.#more === null ? shown : shown + siblingsLength(this.#more);
  }

  increments(): readonly Increment[] {
    return this.#more?.increments ?? [];
  }

  /** The sum of all increments still here; 0 when none. */
  sum(): Delta {
    let sum: Delta = 0;
    for (const increment of this.#more?.increments ?? []) sum = addDeltas(sum, increment.delta);
    return sum;
  }

  /** Rebuilds a register from what `bases` and `increments` answered. */
  static restore(bases: readonly Base[], increments: readonly Increment[], into: Register = new Register()): Register {
    const [first, ...siblings] = bases;
    if (first !== undefined) into.setBase(first.value, first.origin, first.sequence, first.stamp);
    if (siblings.length > 0 || increments.length > 0) {
      into.#more = { siblings: siblings.map((one) => ({ ...one })), increments: increments.map((one) => ({ ...one })) };
    }
    return into;
  }

  /** What a base and the sum of the increments come to. A score has another idea of it than a string. */
  protected total(base: string | null, sum: Delta): Total {
    return totalOf(base, sum);
  }

  /** The text of the shown base that is here; null when it is kept elsewhere, or there is none. */
  protected get textHere(): string | null {
    return typeof this.#value === "string" ? this.#value : null;
  }

  /** Where the subclass keeps the text of the shown base; null when it does not. */
  protected get place(): object | null {
    return typeof this.#value === "string" ? null : this.#value;
  }

  /** From now on that is what stands for the text of the shown base: the text, or where it is kept. */
  protected keep(valueOrPlace: string | object): void {
    this.#value = valueOrPlace;
  }

  /** What the subclass keeps. */
  protected keptText(_place: object): string {
    throw new AssertionError("no text of this register is kept elsewhere");
  }

  protected keptLength(_place: object): number {
    throw new AssertionError("no text of this register is kept elsewhere");
  }

  /** Another text follows the one that is kept: answers the place if it is kept there, else the text. */
  protected keptAnew(_place: object, _text: string): string | object {
    throw new AssertionError("no text of this register is kept elsewhere");
  }

  /** The text that is kept is gone. */
  protected letGo(_place: object): void {
    throw new AssertionError("no text of this register is kept elsewhere");
  }

  private baseText(): string | null {
    const value = this.#value;
    return value === null || typeof value === "string" ? value : this.keptText(value);
  }

  private shownTotal(more: More): Total {
    return this.total(this.baseText(), more.increments.length === 1 ? more.increments[0]!.delta : this.sum());
  }

  protected setBase(value: string, origin: number, sequence: number, stamp: HlcStamp): void {
    const before = this.#value;
    this.#value = before === null || typeof before === "string" ? value : this.keptAnew(before, value);
    this.#sequence = sequence;
    this.#originAndStamp = origin * ORIGIN_UNIT + Math.floor(stamp / WORD);
    this.#stampLow = stamp | 0;
  }

  private base(): Base {
    return { value: this.baseText()!, origin: this.baseOrigin(), sequence: this.#sequence, stamp: this.baseStamp() };
  }

  /** There is one base and nothing else. */
  protected get isPlain(): boolean {
    return this.#value !== null && this.#more === null;
  }

  protected get baseSequence(): number {
    return this.#sequence;
  }

  protected baseOrigin(): number {
    return Math.floor(this.#originAndStamp / ORIGIN_UNIT);
  }

  private baseStamp(): HlcStamp {
    return (this.#originAndStamp % ORIGIN_UNIT) * WORD + (this.#stampLow >>> 0);
  }

  private dropObservedExtras(context: Context): void {
    const more = this.#more!;
    const unobserved = (dot: Dot): boolean => !context.covers(dot.origin, dot.sequence);
    more.siblings = more.siblings.filter(unobserved);
    more.increments = more.increments.filter(unobserved);
    if (more.siblings.length === 0 && more.increments.length === 0) this.#more = null;
  }

  /** Puts the base with the highest (stamp, origin) in the inline place. */
  private electBase(origins: OriginTable): void {
    const more = this.#more;
    if (more === null || more.siblings.length === 0) return;
    if (this.#value !== null) {
      more.siblings.push(this.base());
    }
    let best = 0;
    for (let index = 1; index < more.siblings.length; index++) {
      if (compareBases(more.siblings[index]!, more.siblings[best]!, origins) > 0) best = index;
    }
    const [winner] = more.siblings.splice(best, 1);
    this.setBase(winner!.value, winner!.origin, winner!.sequence, winner!.stamp);
    if (more.siblings.length === 0 && more.increments.length === 0) this.#more = null;
  }
}

/** Anything that can say whether it covers a dot: a context, a vector. */
export interface Coverage {
  covers(origin: number, sequence: number): boolean;
}

export interface Dot {
  readonly origin: number;
  readonly sequence: number;
}

export interface Base extends Dot {
  readonly value: string;
  readonly stamp: HlcStamp;
}

export interface Increment extends Dot {
  readonly stamp: HlcStamp;
  delta: Delta;
}

interface More {
  siblings: Base[];
  increments: Increment[];
}

function siblingsLength({ siblings }: More): number {
  let length = 0;
  for (const { value } of siblings) length += value.length;
  return length;
}

// A function of its own: a closure costs the function around it an object, whether it comes to be made or not.
function hasMoreCoveredBy({ siblings, increments }: More, context: Coverage): boolean {
  const covered = (dot: Dot): boolean => context.covers(dot.origin, dot.sequence);
  return siblings.some(covered) || increments.some(covered);
}

function compareBases(left: Base, right: Base, origins: OriginTable): number {
  return left.stamp - right.stamp || origins.compare(left.origin, right.origin);
}
