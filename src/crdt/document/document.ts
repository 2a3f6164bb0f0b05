import type { Context } from "../context.ts";
import type { HlcStamp } from "../hlc.ts";
import type { OriginTable } from "../origin.ts";
import type { Coverage, Dot } from "../register.ts";
import { VersionVector } from "../version-vector.ts";
import type { DocumentChange } from "./change.ts";
import type { DocumentImage, Observed, OpenDocument } from "./open-document.ts";
import { OPEN_DOCUMENTS, type DocumentOwner, type OpenedDocument } from "./open-documents.ts";
import { ROOT, ROOT_KEY, actorOf, actorPart, counterOf, opId, type OpId } from "./op-id.ts";
import { rebuild } from "./rebuild.ts";
import { isIncrement } from "./stored-value.ts";
import type { DocumentView } from "./view.ts";

/**
 * How many changes can be forgotten before it is worth to write the document anew: at least so many, and one for so many
 * operations of the document. Each rebuild then costs each change about what applying it did. Tests turn it down.
 */
export const FOLDING = { changesMin: 64, operationsPerChange: 8 };

/** The same for the open document alone, while nothing is stable: changes it has taken in since it was opened. */
export const SLIMMING = { changesMin: 256, operationsPerChange: 4 };

/** A change that is not part of the base yet. */
export interface TailChange extends Dot {
  readonly context: Context;
  readonly actor: string;
  readonly change: DocumentChange;
  /** About how many bytes it takes. */
  readonly bytes: number;
}

/** A live operation on the root register: the document is there while there is one. */
export interface RootOp extends Dot {
  readonly id: OpId;
  readonly stamp: HlcStamp;
}

/** For rows. */
export interface DocumentState {
  readonly base: DocumentImage | null;
  readonly baseOperations: number;
  readonly maxOp: number;
  readonly roots: readonly RootOp[];
  readonly tail: readonly TailChange[];
}

/**
 * A JSON document: a *base*, which Automerge saved, and the *tail* of changes since, in the order in which they arrived.
 * Invariant: every change in the tail, and every change that may still arrive, has observed all of the base. So the base needs
 * no history: which operations a change replaces is decided by its batch's context for the tail, and is "all" for the base.
 *
 * Once changes are stable they move into the base, which is written anew without what they replaced. That is invisible and each
 * region does it when it likes: names of operations stay what they are. So a document that changes all day stays as large
 * as what it holds, while all members can be reached.
 */
export class JsonDocument implements DocumentOwner {
  #base: DocumentImage | null = null;
  #baseOperations = 0;
  #maxOp = 0;
  #roots: readonly RootOp[] = [];
  #tail: TailChange[] = [];
  /** The tail by actor, in the order of counters. */
  readonly #byActor = new Map<string, TailChange[]>();
  #tailBytes = 0;
  #opened: OpenedDocument | null = null;
  /** How many changes of the tail the open document contains: they are taken in when somebody looks. */
  #appliedChanges = 0;

  get isEmpty(): boolean {
    return this.#roots.length === 0;
  }

  get roots(): readonly RootOp[] {
    return this.#roots;
  }

  /** The first counter that is free for a change. */
  get nextOp(): number {
    return this.#maxOp + 1;
  }

  get hasTail(): boolean {
    return this.#tail.length > 0;
  }

  /** Bytes at rest. */
  get bytes(): number {
    return 400 + (this.#base?.saved.length ?? 0) + this.#tailBytes;
  }

  get state(): DocumentState {
    return {
      base: this.#base,
      baseOperations: this.#baseOperations,
      maxOp: this.#maxOp,
      roots: this.#roots,
      tail: this.#tail,
    };
  }

  static restore(state: DocumentState): JsonDocument {
    const document = new JsonDocument();
    document.#base = state.base;
    document.#baseOperations = state.baseOperations;
    document.#maxOp = state.maxOp;
    document.#roots = state.roots;
    document.#setTail([...state.tail]);
    return document;
  }

  /** Takes a change. Nothing is opened: what it does to the values is found when somebody looks. */
  apply(change: DocumentChange, context: Context, origins: OriginTable): void {
    const actor = actorOf(origins.id(context.origin), change.epoch);
    const entry = {
      origin: context.origin,
      sequence: context.sequence,
      context,
      actor,
      change,
      bytes: changeBytes(change),
    };
    this.#tail.push(entry);
    this.#index(entry);
    this.#maxOp = Math.max(this.#maxOp, change.startOp + change.ops.length - 1);
    this.#applyToRoots(entry);
    if (this.#opened !== null) OPEN_DOCUMENTS.grew(this, entry.bytes * 8);
  }

  /** Everything the context observed goes; a document made concurrently stays. */
  removeObserved(context: Context): void {
    this.#base = null;
    this.#baseOperations = 0;
    this.#setTail(this.#tail.filter((one) => !context.covers(one.origin, one.sequence)));
    this.#roots = this.#roots.filter((root) => !context.covers(root.origin, root.sequence));
    OPEN_DOCUMENTS.close(this);
  }

  /** True when something that is there is covered: an operation cannot be without the document it is in. */
  observes(observed: Coverage): boolean {
    return this.#roots.some((root) => observed.covers(root.origin, root.sequence));
  }

  isWithin(frontier: VersionVector): boolean {
    const within = (dot: Dot): boolean => frontier.covers(dot.origin, dot.sequence);
    return this.#roots.every(within) && this.#tail.every(within);
  }

  /** The document as clients see it; valid until the next change. */
  view(): DocumentView {
    return this.#open().view;
  }

  /**
   * Moves what is stable into the base, when that is worth it. `rootsToo`: nobody asks any more which of the root's operations
   * a deadline had observed.
   */
  fold(frontier: VersionVector, rootsToo: boolean): void {
    const worth = Math.max(FOLDING.changesMin, this.#baseOperations / FOLDING.operationsPerChange);
    const first = this.#tail[Math.ceil(worth) - 1];
    // Changes come in nearly the order in which they become stable: while this one is not, few others are.
    if (first === undefined || !frontier.covers(first.origin, first.sequence)) return;
    const safe = this.#safeFrontier(frontier);
    const stable = this.#tail.filter((one) => safe.covers(one.origin, one.sequence));
    if (stable.length < worth) return;
    const rest = this.#tail.filter((one) => !safe.covers(one.origin, one.sequence));
    this.#setTail(stable);
    OPEN_DOCUMENTS.close(this);
    const { image, operations, roots } = rebuild(this.#open().document, true);
    OPEN_DOCUMENTS.close(this);
    this.#base = image;
    this.#baseOperations = operations;
    this.#setTail(rest);
    if (rootsToo && roots === 1) this.#foldRoots();
  }

  /** Increments of a document that is a number have become part of it. */
  #foldRoots(): void {
    const folded = this.#roots.filter((root) => this.#writerOf(root.id) === null);
    if (folded.length < 2) return;
    const newest = folded.reduce((left, right) => (right.stamp > left.stamp ? right : left));
    this.#roots = [newest, ...this.#roots.filter((root) => !folded.includes(root))];
  }

  /** OPEN_DOCUMENTS needed the room. */
  closed(): void {
    this.#opened = null;
    this.#appliedChanges = 0;
  }

  /** What of the frontier all other changes in the tail have observed, as whatever arrives later has observed the frontier. */
  #safeFrontier(frontier: VersionVector): VersionVector {
    let safe = frontier;
    for (;;) {
      const rest = this.#tail.filter((one) => !safe.covers(one.origin, one.sequence));
      const before = safe;
      for (const { context } of rest) safe = VersionVector.intersection(safe, observedBefore(context));
      if (safe.includes(before)) return safe;
    }
  }

  #open(): OpenedDocument {
    const opened = this.#opened ?? this.#openAnew();
    OPEN_DOCUMENTS.used(this);
    if (this.#appliedChanges < this.#tail.length) {
      const news = this.#tail.slice(this.#appliedChanges);
      this.#appliedChanges = this.#tail.length;
      opened.document.apply(
        news.map(({ change, actor, context }) => ({ change, actor, observed: this.#observedBy(context) })),
      );
    }
    return this.#slimmed(opened.document);
  }

  #openAnew(image = this.#base): OpenedDocument {
    const opened = OPEN_DOCUMENTS.open(this, image);
    opened.document.onBroken = () => OPEN_DOCUMENTS.close(this);
    this.#opened = opened;
    return opened;
  }

  /**
   * While a member is away the tail grows and nothing can be forgotten; but Automerge can be spared what no longer shows, as long
   * as no list needs to remember where removed items stood. Names stay, so the tail still knows who wrote what.
   */
  #slimmed(document: OpenDocument): OpenedDocument {
    const { changesSince, operationsAtFirst, removedItems } = document;
    if (removedItems || changesSince < SLIMMING.changesMin + operationsAtFirst / SLIMMING.operationsPerChange) {
      return this.#opened!;
    }
    const { image } = rebuild(document, false);
    const applied = this.#appliedChanges;
    OPEN_DOCUMENTS.close(this);
    const opened = this.#openAnew(image);
    this.#appliedChanges = applied;
    return opened;
  }

  #observedBy(context: Context): Observed {
    return (id) => {
      const entry = this.#writerOf(id);
      return entry === null || context.covers(entry.origin, entry.sequence);
    };
  }

  /** The change of the tail that an operation is of; null when it is in the base. */
  #writerOf(id: OpId): TailChange | null {
    const changes = this.#byActor.get(actorPart(id));
    if (changes === undefined) return null;
    const counter = counterOf(id);
    let [low, high] = [0, changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (changes[middle]!.change.startOp <= counter) low = middle + 1;
      else high = middle;
    }
    const found = changes[low - 1];
    return found !== undefined && counter < found.change.startOp + found.change.ops.length ? found : null;
  }

  #applyToRoots({ actor, change, context }: TailChange): void {
    for (const [index, op] of change.ops.entries()) {
      if (op.object !== ROOT || op.at !== ROOT_KEY) continue;
      const adds = op.value !== null && isIncrement(op.value);
      const kept = this.#roots.filter((root) => adds || !context.covers(root.origin, root.sequence));
      const { origin, sequence, stamp } = context;
      const own = { id: opId(change.startOp + index, actor), origin, sequence, stamp };
      this.#roots = op.value === null ? kept : [...kept, own];
    }
  }

  #setTail(tail: TailChange[]): void {
    this.#tail = tail;
    this.#tailBytes = 0;
    this.#byActor.clear();
    for (const one of tail) this.#index(one);
  }

  #index(entry: TailChange): void {
    this.#tailBytes += entry.bytes;
    const changes = this.#byActor.get(entry.actor);
    if (changes === undefined) this.#byActor.set(entry.actor, [entry]);
    else changes.push(entry);
  }
}

function observedBefore(context: Context): VersionVector {
  const vector = context.others.copy();
  vector.set(context.origin, context.sequence - 1);
  return vector;
}

/** About how many bytes a change takes in memory. */
export function changeBytes(change: DocumentChange): number {
  let bytes = 200;
  for (const op of change.ops) bytes += 48 + op.at.length + (op.value?.length ?? 0);
  return bytes;
}
