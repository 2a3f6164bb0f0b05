/**
 * Elements of a collection by name, in the order in which they came. Up to ROW_ELEMENTS_MAX stand in a row, a name and its element by
 * turns: a Map of five takes 300 bytes, the row 130, and looking through it is no slower. A row is never changed, another takes its
 * place; so whoever walks over one sees what was in it then. Once there were more it is a Map, and stays one.
 */
export type Elements<Element> = Map<string, Element> | Row<Element>;
type Row<Element> = readonly (string | Element)[];

export const ROW_ELEMENTS_MAX = 8;
export const NO_ELEMENTS: readonly never[] = [];

export function sizeOf(elements: Elements<unknown>): number {
  return elements instanceof Map ? elements.size : elements.length >>> 1;
}

export function findElement<Element>(elements: Elements<Element>, name: string): Element | undefined {
  if (elements instanceof Map) return elements.get(name);
  for (let at = 0; at < elements.length; at += 2) if (elements[at] === name) return elements[at + 1] as Element;
  return undefined;
}

export function withElement<Element>(elements: Elements<Element>, name: string, element: Element): Elements<Element> {
  if (elements instanceof Map) return elements.set(name, element);
  const at = placeOf(elements, name);
  if (at >= 0) return elements.with(at + 1, element);
  if (elements.length >= 2 * ROW_ELEMENTS_MAX) return new Map(pairsOf(elements)).set(name, element);
  // Exactly as long as it is: what is pushed to has room for 17.
  return elements.concat([name, element]);
}

export function withoutElement<Element>(elements: Elements<Element>, name: string): Elements<Element> {
  if (elements instanceof Map) {
    elements.delete(name);
    return elements;
  }
  const at = placeOf(elements, name);
  if (at < 0) return elements;
  return elements.length === 2 ? NO_ELEMENTS : elements.slice(0, at).concat(elements.slice(at + 2));
}

export function firstElement<Element>(elements: Elements<Element>): Element | null {
  return (elements instanceof Map ? elements.values().next().value : (elements[1] as Element | undefined)) ?? null;
}

export function entriesOf<Element>(elements: Elements<Element>): IterableIterator<[string, Element]> {
  return elements instanceof Map ? elements.entries() : pairsOf(elements).values();
}

export function namesOf(elements: Elements<unknown>): IterableIterator<string> {
  return elements instanceof Map ? elements.keys() : everySecond<string>(elements, 0).values();
}

export function elementsOf<Element>(elements: Elements<Element>): IterableIterator<Element> {
  return elements instanceof Map ? elements.values() : everySecond<Element>(elements, 1).values();
}

function placeOf(row: Row<unknown>, name: string): number {
  for (let at = 0; at < row.length; at += 2) if (row[at] === name) return at;
  return -1;
}

function pairsOf<Element>(row: Row<Element>): [string, Element][] {
  const pairs: [string, Element][] = [];
  for (let at = 0; at < row.length; at += 2) pairs.push([row[at] as string, row[at + 1] as Element]);
  return pairs;
}

function everySecond<One>(row: Row<unknown>, from: number): One[] {
  const half: One[] = [];
  for (let at = from; at < row.length; at += 2) half.push(row[at] as One);
  return half;
}
