import type { Delta } from "../delta.ts";
import { ownOp, type DocumentChange, type DocumentOp } from "./change.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { HEAD, ROOT, ROOT_KEY, type OpId } from "./op-id.ts";
import { storedIncrement, storedShell } from "./stored-value.ts";
import { ListNode, MapNode } from "./view.ts";

/** A place in a document that holds, or may hold, a value. The document itself is at `top`, ROOT_KEY. */
export type Place =
  | { readonly map: MapNode; readonly key: string }
  | { readonly list: ListNode; readonly index: number };

/**
 * What commands do to a document, as the operations of one change. All is decided here, at the origin, on the view as it is
 * before the change: places keep meaning what they meant.
 *
 * A map that replaces a map is written into it, key by key: the keys of the old one go, as far as they were observed, and what
 * another region puts into it concurrently stays. A list that replaces a list is a new one.
 */
export class DocumentEdit {
  readonly #startOp: number;
  readonly #ops: DocumentOp[] = [];

  /** `startOp`: the first free counter of the document. */
  constructor(startOp: number) {
    this.#startOp = startOp;
  }

  get isEmpty(): boolean {
    return this.#ops.length === 0;
  }

  change(epoch: number): DocumentChange {
    return { epoch, startOp: this.#startOp, ops: this.#ops };
  }

  /** The first document of a key. */
  create(value: JsonValue): void {
    this.#putNew(ROOT, ROOT_KEY, value, null);
  }

  set(place: Place, value: JsonValue): void {
    if ("map" in place) this.#setKey(place.map, place.key, value, place.map.placeOf(place.key));
    else this.#setElement(place.list, place.index, value);
  }

  remove(place: Place): void {
    if ("map" in place) {
      this.#removeKey(place.map, place.key);
      return;
    }
    const at = place.list.elements[place.index]!;
    this.#emit({ object: place.list.object, inList: true, insert: false, at, value: null, anchor: null });
  }

  /** Adds to a number, beside whatever is or becomes its value (rows J2, J7). */
  add(place: Place, delta: Delta): void {
    const value = storedIncrement(delta);
    if ("map" in place) {
      const object = place.map.holdersOf(place.key)[0] ?? place.map.objects[0]!;
      this.#emit({ object, inList: false, insert: false, at: place.key, value, anchor: null });
      return;
    }
    const at = place.list.elements[place.index]!;
    this.#emit({ object: place.list.object, inList: true, insert: false, at, value, anchor: null });
  }

  /** Puts values before the item at `index`; `index` may be the list's length. */
  insert(list: ListNode, index: number, values: readonly JsonValue[]): void {
    let after = index === 0 ? HEAD : list.elements[index - 1]!;
    for (const value of values) {
      const id = this.#emit({
        object: list.object,
        inList: true,
        insert: true,
        at: after,
        value: storedShell(value),
        anchor: null,
      });
      this.#fill(id, value);
      after = id;
    }
  }

  /** Removes everything that was observed in a container. */
  clear(node: MapNode | ListNode): void {
    if (node instanceof MapNode) {
      for (const key of node.allKeys()) this.#removeKey(node, key);
      return;
    }
    for (let index = 0; index < node.elements.length; index++) this.remove({ list: node, index });
  }

  /** RFC 7396: objects are merged, null removes, everything else replaces. */
  merge(place: Place, before: unknown, patch: JsonValue): void {
    if (!(patch instanceof Map) || !(before instanceof MapNode)) {
      this.set(place, withoutNulls(patch));
      return;
    }
    for (const [key, value] of patch as JsonObject) {
      const child = before.get(key);
      if (value === null) {
        if (child !== undefined) this.#removeKey(before, key);
      } else {
        this.merge({ map: before, key }, child, value);
      }
    }
  }

  #setKey(map: MapNode, key: string, value: JsonValue, anchor: OpId | null): void {
    const before = map.get(key);
    if (before instanceof MapNode && value instanceof Map) {
      this.#replaceMap(before, value);
      return;
    }
    const target = map.objects[0]!;
    for (const object of map.holdersOf(key)) if (object !== target) this.#removeFrom(object, key);
    this.#putNew(target, key, value, anchor);
  }

  #setElement(list: ListNode, index: number, value: JsonValue): void {
    const before = list.items[index];
    if (before instanceof MapNode && value instanceof Map) {
      this.#replaceMap(before, value);
      return;
    }
    const at = list.elements[index]!;
    const shell = storedShell(value);
    const id = this.#emit({ object: list.object, inList: true, insert: false, at, value: shell, anchor: null });
    this.#fill(id, value);
  }

  #replaceMap(map: MapNode, value: JsonObject): void {
    for (const key of map.allKeys()) if (!value.has(key)) this.#removeKey(map, key);
    for (const [key, one] of value) this.#setKey(map, key, one, null);
  }

  #removeKey(map: MapNode, key: string): void {
    for (const object of map.holdersOf(key)) this.#removeFrom(object, key);
  }

  #removeFrom(object: OpId, key: string): void {
    this.#emit({ object, inList: false, insert: false, at: key, value: null, anchor: null });
  }

  #putNew(object: OpId, key: string, value: JsonValue, anchor: OpId | null): void {
    const id = this.#emit({ object, inList: false, insert: false, at: key, value: storedShell(value), anchor });
    this.#fill(id, value);
  }

  /** Children of a container that the operation `id` makes. */
  #fill(id: OpId, value: JsonValue): void {
    if (value instanceof Map) {
      for (const [key, one] of value as JsonObject) this.#putNew(id, key, one, null);
      return;
    }
    if (!Array.isArray(value)) return;
    let after = HEAD;
    for (const one of value as readonly JsonValue[]) {
      const element = this.#emit({
        object: id,
        inList: true,
        insert: true,
        at: after,
        value: storedShell(one),
        anchor: null,
      });
      this.#fill(element, one);
      after = element;
    }
  }

  #emit(op: DocumentOp): OpId {
    this.#ops.push(op);
    return ownOp(this.#startOp + this.#ops.length - 1);
  }
}

/** What a patch becomes where there was no object to merge it with. */
function withoutNulls(patch: JsonValue): JsonValue {
  if (!(patch instanceof Map)) return patch;
  const out = new Map<string, JsonValue>();
  for (const [key, value] of patch as JsonObject) if (value !== null) out.set(key, withoutNulls(value));
  return out;
}
