import { encodeAutomergeChange, openAutomerge, type AutomergeOp } from "./automerge.ts";
import type { RegisterOp } from "./list-order.ts";
import type { DocumentImage, OpenDocument } from "./open-document.ts";
import { HEAD, ROOT, ROOT_KEY, actorPart, compareOpIds, counterOf, type OpId } from "./op-id.ts";
import { LIST, MAP, addStored, isIncrement, isNumber, type StoredValue } from "./stored-value.ts";

/**
 * A document without its past: the same operations under the same names, without those that were overwritten, removed or cut off,
 * and with increments added to what they stand beside. History then costs nothing, and every later change means here what it
 * means in a region that has forgotten nothing yet, provided that whatever may still arrive has observed all that is
 * in here (`document.ts` sees to that).
 *
 * Lists are written anew without removed elements, in the order they have: each element after its nearest predecessor with
 * a lower name. Inserting in the order of names then gives this very order, and whatever is inserted later, with a higher
 * name than all, lands right behind its predecessor, as it would have in the full history.
 */
export interface Rebuilt {
  readonly image: DocumentImage;
  /** Operations it is made of. */
  readonly operations: number;
  /** Operations of its root register. */
  readonly roots: number;
}

interface LiveOp {
  readonly id: OpId;
  readonly object: OpId;
  readonly inList: boolean;
  readonly insert: boolean;
  readonly at: string;
  readonly value: StoredValue;
  readonly pred: readonly OpId[];
}

/** `fold`: increments are added up. Only once nothing concurrent can arrive; the same goes for removed items. */
export function rebuild(document: OpenDocument, fold: boolean): Rebuilt {
  const gatherer = new Gatherer(document, fold);
  gatherer.register(ROOT, ROOT_KEY);
  const roots = gatherer.ops.filter(({ object }) => object === ROOT).length;
  const ops = gatherer.ops.toSorted((left, right) => compareOpIds(left.id, right.id));
  return { image: { saved: write(ops), anchors: gatherer.anchors }, operations: ops.length, roots };
}

/** Walks what is live, shown or not. */
class Gatherer {
  readonly ops: LiveOp[] = [];
  readonly anchors = new Map<OpId, OpId>();
  readonly #document: OpenDocument;

  readonly #fold: boolean;

  constructor(document: OpenDocument, fold: boolean) {
    this.#document = document;
    this.#fold = fold;
  }

  register(object: OpId, key: string): void {
    const live = this.#document.register(object, key);
    for (const op of this.#fold ? folded(live) : live) {
      const anchor = firstAnchor(this.#document, live);
      if (anchor !== op.id && !isIncrement(op.value)) this.anchors.set(op.id, anchor);
      this.ops.push({ id: op.id, object, inList: false, insert: false, at: key, value: op.value, pred: [] });
      this.#container(op);
    }
  }

  #container({ id, value }: RegisterOp): void {
    if (value === MAP) for (const key of this.#document.keys(id)) this.register(id, key);
    else if (value === LIST) this.#list(id);
  }

  #list(object: OpId): void {
    const list = this.#document.list(object);
    const kept = list.order.filter((element) => list.ops.get(element)!.some((op) => !isIncrement(op.value)));
    const predecessors: OpId[] = [];
    for (const element of kept) {
      while (predecessors.length > 0 && compareOpIds(predecessors.at(-1)!, element) > 0) predecessors.pop();
      const after = predecessors.at(-1) ?? HEAD;
      predecessors.push(element);
      const ops = list.ops.get(element)!;
      this.#element(object, element, after, this.#fold ? folded(ops) : ops);
    }
  }

  #element(object: OpId, element: OpId, after: OpId, ops: readonly RegisterOp[]): void {
    const own = ops.find((op) => op.id === element);
    const value = own?.value ?? "n";
    this.ops.push({ id: element, object, inList: true, insert: true, at: after, value, pred: [] });
    if (own !== undefined) this.#container(own);
    for (const op of ops) {
      if (op.id === element) continue;
      // The operation that made the element is written for its name alone; its successors say that it is overwritten.
      const pred = own === undefined && !isIncrement(op.value) ? [element] : [];
      this.anchors.set(op.id, element);
      this.ops.push({ id: op.id, object, inList: true, insert: false, at: element, value: op.value, pred });
      this.#container(op);
    }
  }
}

function firstAnchor(document: OpenDocument, ops: readonly RegisterOp[]): OpId {
  let first = document.anchorOf(ops[0]!.id);
  for (const op of ops) {
    const anchor = document.anchorOf(op.id);
    if (compareOpIds(anchor, first) < 0) first = anchor;
  }
  return first;
}

/** Increments become part of the only value there is beside them, under the highest name among them. */
function folded(ops: readonly RegisterOp[]): readonly RegisterOp[] {
  const bases = ops.filter((op) => !isIncrement(op.value));
  if (bases.length === ops.length || bases.length > 1) return ops;
  const [base] = bases;
  if (base !== undefined && !isNumber(base.value)) return ops;
  const increments = ops.filter((op) => isIncrement(op.value)).map((op) => op.value);
  const highest = ops.reduce((left, right) => (compareOpIds(left.id, right.id) > 0 ? left : right));
  return [{ id: highest.id, value: addStored(base?.value ?? "#0", increments) }];
}

function write(ops: readonly LiveOp[]): Uint8Array {
  const writer = new Writer();
  for (let start = 0; start < ops.length;) {
    const actor = actorPart(ops[start]!.id);
    const startOp = counterOf(ops[start]!.id);
    let end = start + 1;
    while (end < ops.length && ops[end]!.id === `${startOp + end - start}@${actor}`) end++;
    writer.write(
      actor,
      startOp,
      ops.slice(start, end).map((op) => automergeOp(op)),
    );
    start = end;
  }
  return writer.save();
}

/** Changes of consecutive operations each, which depend on what has lower names: Automerge takes no others back from disk. */
class Writer {
  readonly #handle = openAutomerge(null);
  readonly #last = new Map<string, { readonly seq: number; readonly hash: string }>();
  readonly #written: { readonly maxOp: number; readonly hash: string }[] = [];

  write(actor: string, startOp: number, ops: readonly AutomergeOp[]): void {
    const own = this.#last.get(actor);
    const below = this.#written.findLast(({ maxOp }) => maxOp < startOp);
    const deps = [...new Set([below?.hash, own?.hash])].filter((hash) => hash !== undefined).toSorted();
    const seq = (own?.seq ?? 0) + 1;
    const before = new Set(this.#handle.getHeads());
    this.#handle.applyChanges([encodeAutomergeChange({ actor, seq, startOp, time: 0, message: null, deps, ops })]);
    const hash = this.#handle.getHeads().find((head) => !before.has(head))!;
    this.#last.set(actor, { seq, hash });
    this.#written.push({ maxOp: startOp + ops.length - 1, hash });
  }

  save(): Uint8Array {
    const saved = this.#handle.save();
    this.#handle.free();
    return saved;
  }
}

function automergeOp({ object, inList, insert, at, value, pred }: LiveOp): AutomergeOp {
  const where = inList ? { elemId: at, ...(insert ? { insert } : {}) } : { key: at };
  if (value === MAP) return { action: "makeMap", obj: object, ...where, pred };
  if (value === LIST) return { action: "makeList", obj: object, ...where, pred };
  return { action: "set", obj: object, ...where, value, pred };
}
