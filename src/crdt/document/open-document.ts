import { openAutomerge, type AutomergeHandle, type AutomergeOp } from "./automerge.ts";
import { ChangeChain } from "./change-chain.ts";
import { resolveOp, type DocumentChange, type DocumentOp } from "./change.ts";
import { ListOrder, type RegisterOp } from "./list-order.ts";
import { MapRegisters } from "./map-registers.ts";
import { HEAD, compareOpIds, opId, type OpId } from "./op-id.ts";
import { LIST, MAP, isIncrement } from "./stored-value.ts";

/** Whether a change's writer had observed an operation. */
export type Observed = (id: OpId) => boolean;

export interface ObservedChange {
  readonly change: DocumentChange;
  readonly actor: string;
  readonly observed: Observed;
}

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
  readonly #chain: ChangeChain;
  readonly #counters = new Map<string, number>();
  readonly #kinds = new Map<OpId, "map" | "list" | null>();
  readonly #lists = new Map<OpId, ListOrder>();
  readonly #maps = new MapRegisters(() => this.upToDate());
  /** How many operations it held when it was opened, and how many changes it has taken in since. */
  readonly operationsAtFirst: number;
  changesSince = 0;
  /** Items were removed from lists since: Automerge remembers where they stood. */
  removedItems = false;
  /** Told each register that may have changed; null: all of a list's. */
  onChange: (object: OpId, key: string | null) => void = () => {};
  /** Automerge has not taken in what it should have (its memory is at an end): whoever owns this opens it anew. */
  onBroken: () => void = () => {};

  constructor(image: DocumentImage | null) {
    this.#handle = openAutomerge(image?.saved ?? null);
    this.#anchors = new Map(image?.anchors);
    this.#chain = new ChangeChain(this.#handle);
    this.operationsAtFirst = this.#handle.stats().numOps;
    for (const { actor, maxOp } of this.#handle.getChangesMeta([])) {
      this.#counters.set(actor, Math.max(maxOp, this.#counters.get(actor) ?? 0));
    }
  }

  /** Takes in changes, in causal order; operations on what is gone, or never was, have no effect. */
  apply(changes: readonly ObservedChange[]): void {
    const translation = new Translation(this);
    for (const { change, actor, observed } of changes) {
      // Names are used once: a change that repeats some is not from a writer of ours.
      if (change.startOp <= (this.#counters.get(actor) ?? 0)) continue;
      this.#counters.set(actor, change.startOp + change.ops.length - 1);
      this.#add(translation, change, actor, observed);
      if (this.#chain.isFull) this.upToDate();
    }
    this.changesSince += changes.length;
    translation.finish();
  }

  /** Where an operation has no effect, a run of consecutive counters ends. */
  #add(translation: Translation, change: DocumentChange, actor: string, observed: Observed): void {
    let run: AutomergeOp[] = [];
    let start = change.startOp;
    for (const [index, op] of change.ops.entries()) {
      const translated = translation.translate(op, opId(change.startOp + index, actor), actor, observed);
      if (translated !== null) {
        run.push(translated);
        continue;
      }
      this.#chain.add(actor, start, run);
      run = [];
      start = change.startOp + index + 1;
    }
    this.#chain.add(actor, start, run);
  }

  /** The live operations of a map's register, in no promised order. */
  register(object: OpId, key: string): readonly RegisterOp[] {
    return this.#maps.get(object, key);
  }

  /** The register's live operations are now these, as Automerge will find too. */
  setRegister(object: OpId, key: string, ops: readonly RegisterOp[]): void {
    this.#maps.set(object, key, ops);
  }

  keys(object: OpId): readonly string[] {
    return this.#maps.keys(object);
  }

  list(object: OpId): ListOrder {
    let list = this.#lists.get(object);
    if (list === undefined) {
      list = this.#newList(object);
      this.upToDate();
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
    else this.#maps.made(object);
  }

  /** Automerge, once it has taken in everything. */
  upToDate(): AutomergeHandle {
    try {
      this.#chain.flush();
    } catch (error) {
      this.onBroken();
      throw error;
    }
    return this.#handle;
  }

  close(): void {
    this.#handle.free();
  }

  #newList(object: OpId): ListOrder {
    return new ListOrder(this.#handle, object, (id) => this.anchorOf(id));
  }
}

/** Changes on their way into Automerge. */
class Translation {
  readonly #document: OpenDocument;
  readonly #lists = new Set<ListOrder>();
  readonly #touched = new Map<OpId, Set<string | null>>();

  constructor(document: OpenDocument) {
    this.#document = document;
  }

  /** Null when the operation has no effect here. */
  translate(op: DocumentOp, id: OpId, actor: string, observed: Observed): AutomergeOp | null {
    const object = resolveOp(op.object, actor);
    if (this.#document.kindOf(object) !== (op.inList ? "list" : "map")) return null;
    const translated = op.inList
      ? this.#inList(op, object, id, resolveOp(op.at, actor), observed)
      : this.#inMap(op, object, id, op.anchor === null ? null : resolveOp(op.anchor, actor), observed);
    if (translated === null) return null;
    if (op.value === MAP || op.value === LIST) {
      this.#document.made(id, op.value === MAP ? "map" : "list");
    }
    this.#touch(object, op.inList ? null : op.at);
    return translated;
  }

  finish(): void {
    if (this.#lists.size > 0) this.#document.upToDate();
    for (const list of this.#lists) list.committed();
    for (const [object, keys] of this.#touched) for (const key of keys) this.#document.onChange(object, key);
  }

  #inMap(op: DocumentOp, object: OpId, id: OpId, anchor: OpId | null, observed: Observed): AutomergeOp | null {
    const before = this.#document.register(object, op.at);
    const { after, pred } = replace(op, id, before, observed);
    if (op.value === null && pred.length === 0) return null;
    if (anchor !== null) this.#document.setAnchor(id, anchor);
    this.#document.setRegister(object, op.at, after);
    return { ...actionOf(op), obj: object, key: op.at, pred };
  }

  #inList(op: DocumentOp, object: OpId, id: OpId, at: OpId, observed: Observed): AutomergeOp | null {
    const list = this.#document.list(object);
    if (at !== HEAD && !list.knows(at)) return null;
    this.#lists.add(list);
    if (op.insert) {
      list.insert({ id, value: op.value! }, at);
      return { ...actionOf(op), obj: object, elemId: at, insert: true, pred: [] };
    }
    const { after, pred } = replace(op, id, list.ops.get(at) ?? [], observed);
    if (op.value === null && pred.length === 0) return null;
    if (op.value === null) this.#document.removedItems = true;
    else this.#document.setAnchor(id, at);
    list.change(at, after);
    return { ...actionOf(op), obj: object, elemId: at, pred };
  }

  #touch(object: OpId, key: string | null): void {
    const keys = this.#touched.get(object);
    if (keys === undefined) this.#touched.set(object, new Set([key]));
    else keys.add(key);
  }
}

interface Replaced {
  readonly after: RegisterOp[];
  readonly pred: string[];
}

/** What an operation leaves of a register, and what it replaces in it. */
function replace(op: DocumentOp, id: OpId, before: readonly RegisterOp[], observed: Observed): Replaced {
  const own = op.value === null ? [] : [{ id, value: op.value }];
  if (op.value !== null && isIncrement(op.value)) return { after: [...before, ...own], pred: [] };
  const replaced = before.filter((one) => observed(one.id));
  const kept = before.filter((one) => !replaced.includes(one));
  // Automerge wants them in its order.
  return { after: [...kept, ...own], pred: replaced.map((one) => one.id).toSorted(compareOpIds) };
}

function actionOf(op: DocumentOp): Pick<AutomergeOp, "action" | "value"> {
  if (op.value === null) return { action: "del" };
  if (op.value === MAP) return { action: "makeMap" };
  if (op.value === LIST) return { action: "makeList" };
  return { action: "set", value: op.value };
}
