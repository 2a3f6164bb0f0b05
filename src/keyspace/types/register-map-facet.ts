import type { ByteWriter } from "../../base/bytes.ts";
import type { Context } from "../../crdt/context.ts";
import type { Delta } from "../../crdt/delta.ts";
import type { OriginTable } from "../../crdt/origin.ts";
import { Register, type Coverage } from "../../crdt/register.ts";
import type { VersionVector } from "../../crdt/version-vector.ts";
import { CollectionFacet } from "./collection-facet.ts";
import {
  elementsOf,
  entriesOf,
  findElement,
  firstElement,
  namesOf,
  NO_ELEMENTS,
  sizeOf,
  withElement,
  withoutElement,
  type Elements,
} from "./elements.ts";
import type { Stamped } from "./facet.ts";
import { decodeRegister, encodeRegister, writeCanonicalRegister } from "./register-rows.ts";
import type { RowReader } from "./row-reader.ts";
import { ScanOrder } from "./scan-order.ts";
import { without } from "./without.ts";
import { Witnesses } from "./witnesses.ts";

/** Estimated bytes of one element besides its name and value: its place in the row or Map, register, string headers. */
const ELEMENT_OVERHEAD_BYTES = 108;
/** What its place takes more in a Map than in a row. */
const MAP_BYTES = 20;
/** Of the facet itself: the object, its elements' row and its deadlines. */
const FACET_BYTES = 180;

/** A collection of named elements, each observed-remove and a register with increments (rows H1–H6): hashes and their like. */
export abstract class RegisterMapFacet<Element extends Register = Register> extends CollectionFacet {
  #elements: Elements<Element> = NO_ELEMENTS;
  // Most collections never have either: a Set of its own costs 150 bytes even when nothing is in it.
  #unfolded: Set<string> | null = null;
  #conflicted: Set<string> | null = null;
  #bytes = FACET_BYTES;
  #scanOrder: ScanOrder | null = null;
  #witnesses: Witnesses<string> | null = null;
  /** The oldest element; null when it has to be looked for again. */
  #oldest: Element | null = null;

  get isEmpty(): boolean {
    return sizeOf(this.#elements) === 0;
  }

  get size(): number {
    return sizeOf(this.#elements);
  }

  get(name: string): Element | undefined {
    return findElement(this.#elements, name);
  }

  entries(): IterableIterator<[string, Element]> {
    return entriesOf(this.#elements);
  }

  elements(): IterableIterator<Element> {
    return elementsOf(this.#elements);
  }

  elementNames(): Iterable<string> {
    return namesOf(this.#elements);
  }

  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const register of elementsOf(this.#elements)) {
      const stamp = register.stamp;
      if (stamp < best.stamp) continue;
      const origin = register.originOfStamp(origins);
      if (stamp > best.stamp || origins.compare(origin, best.origin) > 0) best = { stamp, origin };
    }
    return best;
  }

  /** SCAN's order over the elements; see ScanOrder. */
  scan(cursor: number, count: number, visit: (name: string, register: Element) => void): number {
    if (this.#scanOrder === null || cursor === 0) this.#scanOrder = new ScanOrder(namesOf(this.#elements));
    return this.#scanOrder.visit(cursor, count, (name) => {
      const register = findElement(this.#elements, name);
      if (register !== undefined) visit(name, register);
    });
  }

  encodeElement(writer: ByteWriter, name: string, origins: OriginTable): boolean {
    const register = findElement(this.#elements, name);
    if (register === undefined) return false;
    encodeRegister(writer, register, origins);
    return true;
  }

  restoreElement(name: string, reader: RowReader): void {
    const register = this.create(name);
    decodeRegister(reader, register);
    this.insertElement(name, register);
  }

  get isConflicted(): boolean {
    return this.#conflicted !== null;
  }

  *conflicted(nowMs: number): Iterable<readonly [string, Register]> {
    for (const [name, register] of this.visibleEntries(nowMs)) if (register.isConflicted) yield [name, register];
  }

  /** `pairs` alternates name, value; `changed` is told each name. */
  protected putElements(
    context: Context,
    pairs: readonly string[],
    origins: OriginTable,
    changed: (name: string) => void,
  ): void {
    for (let index = 0; index < pairs.length; index += 2) {
      const name = pairs[index]!;
      this.putElement(context, name, pairs[index + 1]!, origins);
      changed(name);
    }
  }

  protected removeElements(
    context: Context,
    names: readonly string[],
    origins: OriginTable,
    changed: (name: string) => void,
  ): void {
    for (const name of names) {
      this.removeElement(context, name, origins);
      changed(name);
    }
  }

  protected putElement(context: Context, name: string, value: string, origins: OriginTable): void {
    const register = this.registerOf(name);
    this.#bytes -= register.textLength();
    register.put(context, value, origins);
    this.#bytes += register.textLength();
    this.#witnesses?.written(context);
    this.queueElement(name, register);
  }

  protected addToElement(context: Context, name: string, delta: Delta): void {
    this.registerOf(name).add(context, delta);
    this.#witnesses?.written(context);
    (this.#unfolded ??= new Set()).add(name);
  }

  protected removeElement(context: Context, name: string, origins: OriginTable): void {
    const register = findElement(this.#elements, name);
    if (register === undefined) return;
    this.#bytes -= register.textLength();
    register.removeObserved(context, origins);
    if (register.isEmpty) this.dropElement(name);
    else this.#bytes += register.textLength();
    if (!register.isConflicted) this.#conflicted = without(this.#conflicted, name);
  }

  protected get elementBytes(): number {
    return this.#elements instanceof Map ? this.#bytes + MAP_BYTES * this.#elements.size : this.#bytes;
  }

  protected get hasUnfoldedElements(): boolean {
    return this.#unfolded !== null;
  }

  protected observes(observed: Coverage): boolean {
    // Nearly always the oldest is one of them, and nothing needs to be remembered.
    this.#oldest ??= firstElement(this.#elements);
    if (this.#oldest?.hasDotCoveredBy(observed) === true) return true;
    return this.witnessed(observed);
  }

  private witnessed(observed: Coverage): boolean {
    this.#witnesses ??= new Witnesses<string>({
      begin: (wanted) => this.search(wanted),
      holds: (name, wanted) => findElement(this.#elements, name)?.hasDotCoveredBy(wanted) === true,
    });
    return this.#witnesses.hasCovered(observed);
  }

  /** In the order in which names came: an iterator of a Map goes on through all changes; what a row lacks came later than this. */
  private search(observed: Coverage): () => string | null {
    const names = namesOf(this.#elements);
    return () => {
      for (let next = names.next(); next.done !== true; next = names.next()) {
        if (this.get(next.value)?.hasDotCoveredBy(observed) === true) return next.value;
      }
      return null;
    };
  }

  protected removeObservedElements(context: Context, origins: OriginTable): void {
    for (const name of namesOf(this.#elements)) this.removeElement(context, name, origins);
  }

  protected foldElements(frontier: VersionVector, origins: OriginTable): void {
    for (const name of this.#unfolded ?? []) {
      const register = findElement(this.#elements, name)!;
      const before = register.textLength();
      register.fold(frontier, origins);
      // Increments have become part of a text.
      this.#bytes += register.textLength() - before;
      if (!register.isUnfolded) this.#unfolded = without(this.#unfolded, name);
    }
  }

  protected elementsAreWithin(frontier: VersionVector): boolean {
    for (const register of elementsOf(this.#elements)) if (!register.isWithin(frontier)) return false;
    return true;
  }

  protected writeCanonicalElements(writer: ByteWriter, origins: OriginTable, atMs: number): void {
    const sorted = [...this.visibleEntries(atMs)].toSorted(([left], [right]) => (left < right ? -1 : 1));
    writer.varint(sorted.length);
    for (const [name, register] of sorted) {
      writer.binary(name);
      writeCanonicalRegister(writer, register, origins);
    }
  }

  /** Entries without those that have expired. */
  protected visibleEntries(_atMs: number): Iterable<[string, Register]> {
    return this.entries();
  }

  /** The element is gone. */
  protected dropped(_name: string): void {}

  /** Another register stands for the element from now on, with the same values. */
  protected replaceElement(name: string, register: Element): void {
    this.#elements = withElement(this.#elements, name, register);
    this.#oldest = null;
  }

  /** What waits for stability in this element has changed. */
  protected queueElement(name: string, register: Register): void {
    if (register.isUnfolded) (this.#unfolded ??= new Set()).add(name);
    if (register.isConflicted) (this.#conflicted ??= new Set()).add(name);
    else this.#conflicted = without(this.#conflicted, name);
  }

  protected forgetElement(name: string): void {
    this.#bytes -= findElement(this.#elements, name)?.textLength() ?? 0;
    this.dropElement(name);
  }

  protected insertElement(name: string, register: Element): void {
    this.#elements = withElement(this.#elements, this.nameToKeep(name), register);
    this.#oldest = null;
    this.#bytes += ELEMENT_OVERHEAD_BYTES + name.length + register.textLength();
    this.queueElement(name, register);
  }

  /** The same name, for a new element to keep. */
  protected nameToKeep(name: string): string {
    return name;
  }

  /** An element that nothing has been written to yet. */
  protected abstract create(name: string): Element;

  private registerOf(name: string): Element {
    let register = findElement(this.#elements, name);
    if (register === undefined) {
      register = this.create(name);
      this.#elements = withElement(this.#elements, this.nameToKeep(name), register);
      this.#bytes += ELEMENT_OVERHEAD_BYTES + name.length;
    }
    return register;
  }

  private dropElement(name: string): void {
    this.#elements = withoutElement(this.#elements, name);
    this.#oldest = null;
    this.#unfolded = without(this.#unfolded, name);
    this.#conflicted = without(this.#conflicted, name);
    this.dropped(name);
    this.#bytes -= ELEMENT_OVERHEAD_BYTES + name.length;
  }
}
