import type { AutomergeHandle, AutomergeValue } from "./automerge.ts";
import type { OpId } from "./op-id.ts";
import { LIST, MAP, type StoredValue } from "./stored-value.ts";

/** One value of a register, with the operation that put it there. */
export interface RegisterOp {
  readonly id: OpId;
  readonly value: StoredValue;
}

export function registerOps(values: readonly AutomergeValue[]): RegisterOp[] {
  return values.map((value) => {
    if (value.length === 2) return { id: value[1], value: value[0] === "map" ? MAP : LIST };
    return { id: value[2], value: String(value[1]) };
  });
}

/**
 * A list as Automerge orders it, by the names of its elements: Automerge answers lists by position, operations name elements.
 * Kept beside the handle while the document is open; the order itself is always Automerge's word.
 */
export class ListOrder {
  readonly #handle: AutomergeHandle;
  readonly #object: OpId;
  readonly #elementOf: (id: OpId) => OpId;
  /** Live operations of each element that has any. */
  readonly ops = new Map<OpId, readonly RegisterOp[]>();
  readonly #known = new Set<OpId>();
  #order: OpId[] = [];
  #inserted: { readonly element: OpId; readonly after: OpId }[] = [];
  #stale = false;

  constructor(handle: AutomergeHandle, object: OpId, elementOf: (id: OpId) => OpId) {
    this.#handle = handle;
    this.#object = object;
    this.#elementOf = elementOf;
  }

  /** Elements that have live operations, in order. */
  get order(): readonly OpId[] {
    return this.#order;
  }

  /** True for every element there is or was: what can be inserted after. */
  knows(element: OpId): boolean {
    return this.#known.has(element);
  }

  /** A new element, on its way into Automerge: where it stands is known once that is done. */
  insert(op: RegisterOp, after: OpId): void {
    this.#known.add(op.id);
    this.ops.set(op.id, [op]);
    this.#inserted.push({ element: op.id, after });
  }

  /** The element's live operations are now these; without any it is not shown. */
  change(element: OpId, ops: readonly RegisterOp[]): void {
    if (ops.length > 0) {
      // A concurrent write revives what was removed.
      if (!this.ops.has(element)) this.#stale = true;
      this.ops.set(element, ops);
      return;
    }
    if (!this.ops.delete(element)) return;
    const index = this.#order.lastIndexOf(element);
    if (index < 0) this.#stale = true;
    else this.#order.splice(index, 1);
  }

  /** Automerge has taken in what was done to the list. */
  committed(): void {
    for (const { element, after } of this.#inserted) {
      if (this.#stale) break;
      const index = this.#order.lastIndexOf(after) + 1;
      const found = registerOps(this.#handle.getAll(this.#object, index));
      // Otherwise concurrent elements stand between, or the predecessor is gone.
      this.#stale = !found.some((one) => this.#elementOf(one.id) === element);
      if (!this.#stale) this.#order.splice(index, 0, element);
    }
    this.#inserted = [];
    if (this.#stale) this.read();
  }

  /** Reads the list anew. */
  read(): void {
    this.#order = [];
    this.#stale = false;
    this.ops.clear();
    const length = this.#handle.length(this.#object);
    for (let index = 0; index < length; index++) {
      const ops = registerOps(this.#handle.getAll(this.#object, index));
      const element = this.#elementOf(ops[0]!.id);
      this.#order.push(element);
      this.#known.add(element);
      this.ops.set(element, ops);
    }
  }
}
