import { encodeAutomergeChange, openAutomerge, type AutomergeHandle, type AutomergeOp } from "./automerge.ts";
import { resolveOp, type DocumentChange, type DocumentOp } from "./change.ts";
import { ListOrder, registerOps, type RegisterOp } from "./list-order.ts";
import { counterOf, opId, type OpId } from "./op-id.ts";
import { LIST, MAP, isIncrement } from "./stored-value.ts";

/** Whether a change's writer had observed an operation. */
export type Observed = (id: OpId) => boolean;

/** A document at rest: what Automerge saved, and what the names in it stand for. */
export interface DocumentImage {
  readonly saved: Uint8Array;
  /** Operation → the element it is a value of, or the operation whose place among the keys it keeps. Only where they differ. */
  readonly anchors: ReadonlyMap<OpId, OpId>;
}

/**
 * A document in Automerge's hands. Changes come in our form; each becomes an Automerge change of the same operations, with the
 * predecessors that its writer had observed. Automerge keeps concurrent values of a register side by side, orders lists, and
 * answers what is there. The chain of hashes it keeps is local to this process and means nothing elsewhere.
 */
export class OpenDocument {
  readonly #handle: AutomergeHandle;
  readonly #anchors: Map<OpId, OpId>;
  readonly #sequences = new Map<string, number>();
  readonly #counters = new Map<string, number>();
  readonly #kinds = new Map<OpId, "map" | "list" | null>();
  readonly #lists = new Map<OpId, ListOrder>();
  /** Told each register that may have changed; null: all of a list's. */
  onChange: (object: OpId, key: string | null) => void = () => {};

  constructor(image: DocumentImage | null) {
    this.#handle = openAutomerge(image?.saved ?? null);
    this.#anchors = new Map(image?.anchors);
    for (const { actor, seq, maxOp } of this.#handle.getChangesMeta([])) {
      this.#sequences.set(actor, Math.max(seq, this.#sequences.get(actor) ?? 0));
      this.#counters.set(actor, Math.max(maxOp, this.#counters.get(actor) ?? 0));
    }
  }

  /** Takes in a change; operations on what is gone, or never was, have no effect. */
  apply(change: DocumentChange, actor: string, observed: Observed): void {
    // Names are used once: a change that repeats some is not from a writer of ours.
    if (change.startOp <= (this.#counters.get(actor) ?? 0)) return;
    const translation = new Translation(this, actor, observed);
    let run: AutomergeOp[] = [];
    let start = change.startOp;
    for (const [index, op] of change.ops.entries()) {
      const translated = translation.translate(op, opId(change.startOp + index, actor));
      if (translated !== null) {
        run.push(translated);
        continue;
      }
      this.#commit(actor, start, run);
      run = [];
      start = change.startOp + index + 1;
    }
    this.#commit(actor, start, run);
    this.#counters.set(actor, change.startOp + change.ops.length - 1);
    translation.finish();
  }

  /** The live operations of a map's register, in no promised order. */
  register(object: OpId, key: string): readonly RegisterOp[] {
    return registerOps(this.#handle.getAll(object, key));
  }

  keys(object: OpId): readonly string[] {
    return this.#handle.keys(object);
  }

  list(object: OpId): ListOrder {
    let list = this.#lists.get(object);
    if (list === undefined) {
      list = this.#newList(object);
      list.read();
      this.#lists.set(object, list);
    }
    return list;
  }

  anchorOf(id: OpId): OpId {
    return this.#anchors.get(id) ?? id;
  }

  setAnchor(id: OpId, anchor: OpId): void {
    this.#anchors.set(id, anchor);
  }

  /** Null when there is no such container. */
  kindOf(object: OpId): "map" | "list" | null {
    let kind = this.#kinds.get(object);
    if (kind !== undefined) return kind;
    try {
      kind = this.#handle.objInfo(object).type === "list" ? "list" : "map";
    } catch {
      // Automerge's word for "no such object".
      kind = null;
    }
    if (kind !== null) this.#kinds.set(object, kind);
    return kind;
  }

  /** An operation on its way into Automerge makes a container, which is empty. */
  made(object: OpId, kind: "map" | "list"): void {
    this.#kinds.set(object, kind);
    if (kind === "list") this.#lists.set(object, this.#newList(object));
  }

  /** What is there now, for `openDocument`. Only of a document whose changes came in the order of their counters. */
  image(): DocumentImage {
    return { saved: this.#handle.save(), anchors: this.#anchors };
  }

  close(): void {
    this.#handle.free();
  }

  #newList(object: OpId): ListOrder {
    return new ListOrder(this.#handle, object, (id) => this.anchorOf(id));
  }

  #commit(actor: string, startOp: number, ops: readonly AutomergeOp[]): void {
    if (ops.length === 0) return;
    const seq = (this.#sequences.get(actor) ?? 0) + 1;
    const deps = this.#handle.getHeads();
    const bytes = encodeAutomergeChange({ actor, seq, startOp, time: 0, message: null, deps, ops });
    this.#handle.applyChanges([bytes]);
    this.#sequences.set(actor, seq);
  }
}

/** One change on its way into Automerge: what earlier operations of it did is not in the handle yet. */
class Translation {
  readonly #document: OpenDocument;
  readonly #actor: string;
  readonly #observed: Observed;
  readonly #pending = new Map<string, readonly RegisterOp[]>();
  readonly #made = new Set<OpId>();
  readonly #inserted = new Map<OpId, { readonly op: RegisterOp; readonly after: OpId }[]>();
  readonly #touched: { readonly object: OpId; readonly key: string | null }[] = [];

  constructor(document: OpenDocument, actor: string, observed: Observed) {
    this.#document = document;
    this.#actor = actor;
    this.#observed = observed;
  }

  /** Null when the operation has no effect here. */
  translate(op: DocumentOp, id: OpId): AutomergeOp | null {
    const object = resolveOp(op.object, this.#actor);
    if (this.#document.kindOf(object) !== (op.inList ? "list" : "map")) return null;
    const translated = op.inList ? this.#inList(op, object, id) : this.#inMap(op, object, id);
    if (translated !== null && (op.value === MAP || op.value === LIST)) {
      this.#made.add(id);
      this.#document.made(id, op.value === MAP ? "map" : "list");
    }
    return translated;
  }

  finish(): void {
    for (const [object, inserted] of this.#inserted) this.#document.list(object).committed(inserted);
    for (const { object, key } of this.#touched) this.#document.onChange(object, key);
  }

  #inMap(op: DocumentOp, object: OpId, id: OpId): AutomergeOp | null {
    const register = `${object} ${op.at}`;
    const before =
      this.#pending.get(register) ?? (this.#made.has(object) ? [] : this.#document.register(object, op.at));
    const { after, pred } = this.#replace(op, id, before);
    if (op.value === null && pred.length === 0) return null;
    if (op.anchor !== null) this.#document.setAnchor(id, resolveOp(op.anchor, this.#actor));
    this.#pending.set(register, after);
    this.#touched.push({ object, key: op.at });
    return { ...actionOf(op), obj: object, key: op.at, pred };
  }

  #inList(op: DocumentOp, object: OpId, id: OpId): AutomergeOp | null {
    const list = this.#document.list(object);
    const at = resolveOp(op.at, this.#actor);
    const inserted = this.#inserted.get(object) ?? [];
    const known = at === "_head" ? op.insert : list.knows(at) || inserted.some((one) => one.op.id === at);
    if (!known) return null;
    this.#inserted.set(object, inserted);
    this.#touched.push({ object, key: null });
    if (op.insert) {
      inserted.push({ op: { id, value: op.value! }, after: at });
      return { ...actionOf(op), obj: object, elemId: at, insert: true, pred: [] };
    }
    const { after, pred } = this.#replace(op, id, list.ops.get(at) ?? []);
    if (op.value === null && pred.length === 0) return null;
    if (op.value !== null) this.#document.setAnchor(id, at);
    list.change(at, after);
    return { ...actionOf(op), obj: object, elemId: at, pred };
  }

  /** What an operation leaves of a register, and what it replaces in it. */
  #replace(op: DocumentOp, id: OpId, before: readonly RegisterOp[]): { after: RegisterOp[]; pred: string[] } {
    const own = op.value === null ? [] : [{ id, value: op.value }];
    if (op.value !== null && isIncrement(op.value)) return { after: [...before, ...own], pred: [] };
    const replaced = before.filter((one) => this.#observed(one.id));
    const kept = before.filter((one) => !replaced.includes(one));
    // Automerge wants them in its order.
    const pred = replaced
      .map((one) => one.id)
      .toSorted((left, right) => counterOf(left) - counterOf(right) || (left < right ? -1 : 1));
    return { after: [...kept, ...own], pred };
  }
}

function actionOf(op: DocumentOp): Pick<AutomergeOp, "action" | "value"> {
  if (op.value === null) return { action: "del" };
  if (op.value === MAP) return { action: "makeMap" };
  if (op.value === LIST) return { action: "makeList" };
  return { action: "set", value: op.value };
}
