import type { ByteWriter } from "../../../base/bytes.ts";
import { assert, unreachable } from "../../../base/assert.ts";
import type { Context } from "../../../crdt/context.ts";
import type { Position, Run } from "../../../crdt/list-position.ts";
import { orderedNumber, parsePositionName, positionName, runName } from "../../../crdt/list-position-name.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { positionOf, type ListOperation, type PathRange } from "../../../crdt/operations/list-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Coverage } from "../../../crdt/register.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { CollectionFacet } from "../collection-facet.ts";
import type { FacetKind, Stamped } from "../facet.ts";
import { decodeDeadlines, decodeRegister, encodeRegister, writeCanonicalRegister } from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";
import { ListElement } from "./list-element.ts";
import { ListElements } from "./list-elements.ts";
import { OwnRuns } from "./own-runs.ts";
import { ListSearch } from "./list-search.ts";
import { Witnesses } from "../witnesses.ts";

const FACET_BYTES = 1_100;

/**
 * A list: elements in the order of their positions (see `list-position.ts`), each observed-remove and a register (rows L1–L6).
 * An element's row is named by its position, so the rows of a list lie in its order too.
 */
export class ListFacet extends CollectionFacet {
  readonly type = "list";
  readonly elements = new ListElements();
  /** Runs that this process began here and may extend. Only a memory aid of the origin: nothing of the state depends on it. */
  readonly ownRuns = new OwnRuns();
  readonly #witnesses = new Witnesses(new ListSearch(this.elements));
  #named: { readonly run: Run; readonly name: string } | null = null;

  get isEmpty(): boolean {
    return this.elements.size === 0;
  }

  get size(): number {
    return this.elements.size;
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (name: string) => void): void {
    const own = operation as ListOperation;
    switch (own.op) {
      case OP.listPut: {
        const { run, offset } = positionOf(own.at, context, origins);
        for (const [index, value] of own.values.entries()) {
          changed(this.#put({ run, offset: offset + index }, value, context, origins));
        }
        return;
      }
      case OP.listRemove:
        for (const range of own.ranges) this.#remove(range, context, origins, changed);
        return;
      default:
        unreachable(own);
    }
  }

  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const element of this.elements.tree) {
      const { stamp } = element;
      if (stamp < best.stamp) continue;
      const origin = element.originOfStamp(origins);
      if (stamp > best.stamp || origins.compare(origin, best.origin) > 0) best = { stamp, origin };
    }
    return best;
  }

  *elementNames(): Iterable<string> {
    for (const element of this.elements.tree) yield this.#nameOf(element);
  }

  encodeElement(writer: ByteWriter, name: string, origins: OriginTable): boolean {
    // Of a key that has two types, names of the other one's elements are asked for too.
    const position = parsePositionName(name, null);
    const element = position === null ? undefined : this.elements.find(position);
    if (element === undefined || this.#nameOf(element) !== name) return false;
    encodeRegister(writer, element, origins);
    return true;
  }

  restoreElement(name: string, reader: RowReader): void {
    const position = parsePositionName(name, this.elements.lastRestoredRun);
    assert(position !== null, "a row's name is no position");
    const element = new ListElement(position);
    decodeRegister(reader, element);
    this.elements.restore(element);
  }

  protected get elementBytes(): number {
    return FACET_BYTES + this.elements.bytes;
  }

  protected readonly hasUnfoldedElements = false;

  protected observes(observed: Coverage): boolean {
    return this.#witnesses.hasCovered(observed);
  }

  protected removeObservedElements(context: Context, origins: OriginTable): void {
    this.#removeRanks(0, this.size, context, origins);
  }

  protected foldElements(): void {}

  protected elementsAreWithin(frontier: VersionVector): boolean {
    for (const element of this.elements.tree) if (!element.isWithin(frontier)) return false;
    return true;
  }

  protected writeCanonicalElements(writer: ByteWriter, origins: OriginTable): void {
    writer.varint(this.size);
    for (const element of this.elements.tree) {
      writer.binary(this.#nameOf(element));
      writeCanonicalRegister(writer, element, origins);
    }
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    const values: string[] = [];
    for (const element of this.elements.tree) values.push(element.text()!);
    return [{ op: OP.listPut, db, key, at: [{ digit: 0, origin: null, sequence: 0, offset: 0 }], values }];
  }

  /** Answers the element's name. */
  #put(position: Position, value: string, context: Context, origins: OriginTable): string {
    const element = this.elements.findOrAdd(position);
    this.elements.bytes -= element.textLength();
    element.put(context, value, origins);
    this.#witnesses.written(context);
    this.elements.bytes += element.textLength();
    return this.#nameOf(element);
  }

  #remove({ from, to }: PathRange, context: Context, origins: OriginTable, changed: (name: string) => void): void {
    const low = this.elements.rankFrom(positionOf(from, context, origins));
    const high = this.elements.rankAfter(positionOf(to, context, origins));
    const touched = this.#removeRanks(low, high, context, origins);
    // Where most have gone it is cheaper to write what is left.
    if (touched.length > this.size) changed("all");
    else for (const element of touched) changed(this.#nameOf(element));
  }

  /** Removes what was observed; answers the elements whose rows are no longer what they were. */
  #removeRanks(from: number, to: number, context: Context, origins: OriginTable): readonly ListElement[] {
    const { elements } = this;
    const kept: ListElement[] = [];
    const gone = elements.removeWhere(from, to, (element) => {
      if (!element.hasDotCoveredBy(context)) return false;
      elements.bytes -= element.textLength();
      element.removeObserved(context, origins);
      if (element.isEmpty) return true;
      elements.bytes += element.textLength();
      kept.push(element);
      return false;
    });
    return [...gone, ...kept];
  }

  /** Neighbours share a run, so most names are a number behind the last one's beginning. */
  #nameOf(element: ListElement): string {
    if (this.#named?.run !== element.run) {
      if (element.run.depth > 1) return positionName(element);
      this.#named = { run: element.run, name: runName(element.run) };
    }
    return `${this.#named.name}${orderedNumber(element.offset)}`;
  }
}

export const LIST_KIND: FacetKind = {
  create: () => new ListFacet(),
  decodeHead(reader) {
    const facet = new ListFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    return facet;
  },
};
