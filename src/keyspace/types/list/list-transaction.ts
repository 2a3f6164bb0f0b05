import { NO_DEADLINE } from "../../../crdt/deadline.ts";
import { placeBetween, type Position } from "../../../crdt/list-position.ts";
import { pathOf, type ListPut, type ListRemove, type Path } from "../../../crdt/operations/list-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { TypeHost } from "../type-host.ts";
import type { ListElement } from "./list-element.ts";
import { ListFacet } from "./list-facet.ts";
import type { ListEnd, ListTransaction, ListView, Span } from "./list-port.ts";

/**
 * Paths longer than this are not made: where somebody inserts between the last two insertions again and again, the elements
 * around that are deeper than DEPTH_KEPT are put there anew, as one run. To a concurrent write they are other elements then.
 */
const DEPTH_MAX = 64;
const DEPTH_KEPT = 16;

/** Reads and writes of lists as operations: positions are made here, once, and travel with the elements. */
export class ListWrites implements ListTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): ListView | null {
    const facet = this.#host.read(key, ListFacet);
    return facet === null ? null : listView(facet);
  }

  insert(key: string, rank: number, values: readonly string[]): void {
    const facet = this.#facet(key);
    const put = this.#put(key, facet, rank, values);
    if (put.at.length > DEPTH_MAX) {
      this.#insertAnew(key, facet!, rank, values);
      return;
    }
    this.#host.write(key, "list", [put]);
    this.#noteOwn(key, rank, values.length);
  }

  set(key: string, rank: number, value: string): void {
    const at = pathOf(this.#facet(key)!.elements.tree.at(rank)!);
    this.#host.write(key, "list", [{ op: OP.listPut, db: this.#host.db, key, at, values: [value] }]);
  }

  remove(key: string, spans: readonly Span[]): void {
    const facet = this.#facet(key);
    if (facet === null || spans.length === 0) return;
    const ranges = spans.map(({ from, to }) => rangeOf(facet, from, to));
    this.#host.write(key, "list", [{ op: OP.listRemove, db: this.#host.db, key, ranges }]);
  }

  rotate(key: string, rank: number, to: ListEnd): void {
    const facet = this.#facet(key)!;
    const { size } = facet;
    const value = facet.elements.tree.at(rank)!.text()!;
    const put = this.#put(key, facet, to === "left" ? 0 : size, [value]);
    const ranges = [rangeOf(facet, rank, rank + 1)];
    // It is put before it is removed, so that the list is never empty in between: it would be another one afterwards.
    this.#host.write(key, "list", [put, { op: OP.listRemove, db: this.#host.db, key, ranges }]);
    this.#noteOwn(key, to === "left" ? 0 : size - 1, 1);
  }

  store(key: string, values: readonly string[]): void {
    if (values.length === 0) {
      this.#host.delete(key);
      return;
    }
    const { db } = this.#host;
    this.#host.replace(key, null, [
      { op: OP.listPut, db, key, at: NEW_LIST, values },
      { op: OP.deadline, db, key, type: "list", mode: "set", atMs: NO_DEADLINE },
    ]);
  }

  #facet(key: string): ListFacet | null {
    return this.#host.visible(key) as ListFacet | null;
  }

  #put(key: string, facet: ListFacet | null, rank: number, values: readonly string[]): ListPut {
    const { db } = this.#host;
    const tree = facet?.elements.tree;
    const left = tree?.at(rank - 1) ?? null;
    const right = tree?.at(rank) ?? null;
    return { op: OP.listPut, db, key, at: this.#pathBetween(facet, left, right, values.length), values };
  }

  #pathBetween(facet: ListFacet | null, left: ListElement | null, right: ListElement | null, count: number): Path {
    const extended = facet?.ownRuns.extension(left, right, count) ?? null;
    if (extended !== null) return pathOf(extended);
    return newRun(left, right);
  }

  #insertAnew(key: string, facet: ListFacet, rank: number, values: readonly string[]): void {
    const { tree } = facet.elements;
    const isDeep = (at: number): boolean => (tree.at(at)?.run.depth ?? 0) > DEPTH_KEPT;
    let [from, to] = [rank, rank];
    while (isDeep(from - 1)) from--;
    while (isDeep(to)) to++;
    const textsOf = (elements: readonly ListElement[]): string[] => elements.map((element) => element.text()!);
    const all = [...textsOf(tree.slice(from, rank)), ...values, ...textsOf(tree.slice(rank, to))];
    const { db } = this.#host;
    const remove: ListRemove = { op: OP.listRemove, db, key, ranges: [rangeOf(facet, from, to)] };
    const isWhole = from === 0 && to === tree.size;
    // A list that is empty in between would be another one afterwards: then what is new goes behind what is old, before that goes.
    const left = tree.at(isWhole ? to - 1 : from - 1) ?? null;
    const right = isWhole ? null : (tree.at(to) ?? null);
    const put: ListPut = { op: OP.listPut, db, key, at: newRun(left, right), values: all };
    this.#host.write(key, "list", isWhole ? [put, remove] : [remove, put]);
  }

  #noteOwn(key: string, rank: number, count: number): void {
    const facet = this.#facet(key);
    const first: Position | undefined = facet?.elements.tree.at(rank);
    if (facet !== null && first !== undefined) facet.ownRuns.gaveOut(first.run, first.offset, count);
  }
}

const NEW_LIST: Path = [{ digit: 0, origin: null, sequence: 0, offset: 0 }];

function newRun(left: Position | null, right: Position | null): Path {
  const { parent, digit } = placeBetween(left, right);
  return [...(parent === null ? [] : pathOf(parent)), { digit, origin: null, sequence: 0, offset: 0 }];
}

function rangeOf(facet: ListFacet, from: number, to: number): { readonly from: Path; readonly to: Path } {
  const { tree } = facet.elements;
  return { from: pathOf(tree.at(from)!), to: pathOf(tree.at(to - 1)!) };
}

function listView({ elements }: ListFacet): ListView {
  const { tree } = elements;
  return {
    size: tree.size,
    at: (rank) => tree.at(rank)?.text() ?? undefined,
    slice: (from, to) => tree.slice(from, to).map((element) => element.text()!),
    walk(fromRank, visit) {
      let rank = fromRank;
      tree.walk(fromRank, (element) => visit(element.text()!, rank++));
    },
    walkBack(fromRank, visit) {
      let rank = fromRank;
      tree.walkBack(fromRank, (element) => visit(element.text()!, rank--));
    },
  };
}
