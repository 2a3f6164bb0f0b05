import type { JsonNumber } from "./json-value.ts";
import type { RegisterOp } from "./list-order.ts";
import type { OpenDocument } from "./open-document.ts";
import { ROOT, ROOT_KEY, compareOpIds, type OpId } from "./op-id.ts";
import { LIST, MAP, NO_BASE, addStored, isIncrement, isNumber, shownNumber, shownScalar } from "./stored-value.ts";

/**
 * A document as clients see it. Of concurrent values of one register the one with the highest operation is shown (Automerge's
 * rule), a number with the increments beside it; of concurrent maps all are shown, merged key by key, recursively (row J7).
 *
 * Nodes are read when asked for and kept until a change touches them. A node is valid until the document's next change.
 */
export type JsonNode = null | boolean | string | JsonNumber | MapNode | ListNode;

/** What a register shows. `objects` is not empty for containers: several where concurrent maps are shown as one. */
interface Shown {
  readonly scalar: null | boolean | string | JsonNumber;
  readonly kind: "scalar" | "map" | "list";
  readonly objects: readonly OpId[];
}

/** Undefined when nothing is to be seen: no operation, or increments alone where those do not count. */
function show(ops: readonly RegisterOp[], incrementsCount: boolean): Shown | undefined {
  const increments: string[] = [];
  let winner: RegisterOp | null = null;
  for (const op of ops) {
    if (isIncrement(op.value)) increments.push(op.value);
    else if (winner === null || compareOpIds(op.id, winner.id) > 0) winner = op;
  }
  if (winner === null) {
    if (!incrementsCount || increments.length === 0) return undefined;
    return { scalar: shownNumber(addStored(NO_BASE, increments)), kind: "scalar", objects: [] };
  }
  if (winner.value === LIST) return { scalar: null, kind: "list", objects: [winner.id] };
  if (winner.value === MAP) {
    const maps = ops.filter((op) => op.value === MAP).map((op) => op.id);
    return { scalar: null, kind: "map", objects: maps.toSorted((left, right) => compareOpIds(right, left)) };
  }
  return { scalar: shownScalar(winner.value, isNumber(winner.value) ? increments : []), kind: "scalar", objects: [] };
}

interface Entry {
  node: JsonNode;
  /** The operation whose place among the keys it has. */
  place: OpId;
}

export class MapNode {
  /** The Automerge maps it is made of, the newest first: new keys go into that one. */
  readonly objects: readonly OpId[];
  readonly #view: DocumentView;
  #entries: Map<string, Entry> | null = null;
  #sorted = false;

  constructor(view: DocumentView, objects: readonly OpId[]) {
    this.#view = view;
    this.objects = objects;
  }

  get size(): number {
    return this.#read().size;
  }

  /** Undefined when there is no such key. */
  get(key: string): JsonNode | undefined {
    return this.#read().get(key)?.node;
  }

  /** In the order in which they came to be. */
  *entries(): Generator<readonly [string, JsonNode]> {
    for (const [key, entry] of this.#inOrder()) yield [key, entry.node];
  }

  keys(): string[] {
    return [...this.#inOrder().keys()];
  }

  /** The operation whose place among the keys the key has; null when there is no such key. */
  placeOf(key: string): OpId | null {
    return this.#read().get(key)?.place ?? null;
  }

  /** Maps in which the key has operations: what a write of it has to replace. */
  holdersOf(key: string): readonly OpId[] {
    return this.objects.filter((object) => this.#view.document.register(object, key).length > 0);
  }

  /** Keys with operations, shown or not: what clears the map. */
  allKeys(): readonly string[] {
    return [...new Set(this.objects.flatMap((object) => [...this.#view.document.keys(object)]))];
  }

  /** The register changed. */
  touch(key: string): void {
    if (this.#entries === null) return;
    this.#readEntry(this.#entries, key);
    this.#sorted = false;
  }

  #read(): Map<string, Entry> {
    if (this.#entries !== null) return this.#entries;
    const entries = new Map<string, Entry>();
    for (const key of this.allKeys()) this.#readEntry(entries, key);
    this.#entries = entries;
    return entries;
  }

  #readEntry(entries: Map<string, Entry>, key: string): void {
    const { document } = this.#view;
    const ops = this.objects.flatMap((object) => [...document.register(object, key)]);
    const shown = show(ops, true);
    if (shown === undefined) {
      entries.delete(key);
      return;
    }
    let place = document.anchorOf(ops[0]!.id);
    for (const op of ops) {
      const anchor = document.anchorOf(op.id);
      if (compareOpIds(anchor, place) < 0) place = anchor;
    }
    entries.set(key, { node: this.#view.nodeOf(shown, entries.get(key)?.node), place });
  }

  #inOrder(): Map<string, Entry> {
    const entries = this.#read();
    if (this.#sorted) return entries;
    const sorted = [...entries].toSorted(
      ([leftKey, left], [rightKey, right]) => compareOpIds(left.place, right.place) || (leftKey < rightKey ? -1 : 1),
    );
    this.#entries = new Map(sorted);
    this.#sorted = true;
    return this.#entries;
  }
}

export class ListNode {
  readonly object: OpId;
  readonly #view: DocumentView;
  #items: JsonNode[] | null = null;
  #elements: OpId[] = [];
  #kept = new Map<OpId, JsonNode>();

  constructor(view: DocumentView, object: OpId) {
    this.#view = view;
    this.object = object;
  }

  get items(): readonly JsonNode[] {
    return this.#read();
  }

  /** The names of the items. */
  get elements(): readonly OpId[] {
    this.#read();
    return this.#elements;
  }

  touch(): void {
    this.#items = null;
  }

  #read(): JsonNode[] {
    if (this.#items !== null) return this.#items;
    const list = this.#view.document.list(this.object);
    const items: JsonNode[] = [];
    const elements: OpId[] = [];
    const kept = new Map<OpId, JsonNode>();
    for (const element of list.order) {
      const shown = show(list.ops.get(element)!, false);
      if (shown === undefined) continue;
      const node = this.#view.nodeOf(shown, this.#kept.get(element));
      if (shown.kind !== "scalar") kept.set(element, node);
      items.push(node);
      elements.push(element);
    }
    this.#items = items;
    this.#elements = elements;
    this.#kept = kept;
    return items;
  }
}

export class DocumentView {
  readonly document: OpenDocument;
  /** A map whose only key, ROOT_KEY, is the document. */
  readonly top: MapNode;
  readonly #maps = new Map<OpId, Set<MapNode>>();
  readonly #lists = new Map<OpId, ListNode>();

  constructor(document: OpenDocument) {
    this.document = document;
    this.top = this.#mapOf([ROOT]);
    document.onChange = (object, key) => {
      if (key === null) this.#lists.get(object)?.touch();
      else for (const node of this.#maps.get(object) ?? []) node.touch(key);
    };
  }

  /** Undefined when there is no document. */
  get root(): JsonNode | undefined {
    return this.top.get(ROOT_KEY);
  }

  /** For nodes only: the node of what a register shows; the one it had, if that still is it. */
  nodeOf(shown: Shown, before: JsonNode | undefined): JsonNode {
    if (shown.kind === "scalar") return shown.scalar;
    if (shown.kind === "list") return this.#listOf(shown.objects[0]!);
    if (before instanceof MapNode) {
      if (
        before.objects.length === shown.objects.length &&
        before.objects.every((one, at) => one === shown.objects[at])
      ) {
        return before;
      }
      for (const object of before.objects) this.#maps.get(object)?.delete(before);
    }
    return this.#mapOf(shown.objects);
  }

  #mapOf(objects: readonly OpId[]): MapNode {
    const node = new MapNode(this, objects);
    for (const object of objects) {
      const nodes = this.#maps.get(object) ?? new Set();
      this.#maps.set(object, nodes.add(node));
    }
    return node;
  }

  #listOf(object: OpId): ListNode {
    let node = this.#lists.get(object);
    if (node === undefined) {
      node = new ListNode(this, object);
      this.#lists.set(object, node);
    }
    return node;
  }
}
