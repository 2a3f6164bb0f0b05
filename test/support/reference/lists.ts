import type { Batch } from "../../../src/crdt/batch.ts";
import type { Operation } from "../../../src/crdt/operation.ts";
import type { Path } from "../../../src/crdt/operations/list-operations.ts";
import { OP } from "../../../src/crdt/operations/operation-kind.ts";

/** Lists in the reference model: a position is a plain list of words and numbers, compared by the rule as it is written. */
export type ModelPosition = readonly (readonly [digit: number, origin: string, sequence: number, offset: number])[];

/** Where the values of an operation stand; none for what puts nothing. */
export function positionsPut(operation: Operation, batch: Batch, originOf: (index: number) => string): ModelPosition[] {
  if (operation.op !== OP.listPut) return [];
  const first = named(operation.at, batch, originOf);
  const [digit, origin, sequence, offset] = first.at(-1)!;
  return operation.values.map((_, index) => [...first.slice(0, -1), [digit, origin, sequence, offset + index]]);
}

/** Whether an operation on lists replaces or removes what stands at a position, if it has observed it. */
export function removesPosition(
  operation: Operation,
  batch: Batch,
  originOf: (index: number) => string,
  position: ModelPosition,
): boolean {
  if (operation.op === OP.listRemove) {
    return operation.ranges.some(
      ({ from, to }) =>
        compareModelPositions(named(from, batch, originOf), position) <= 0 &&
        compareModelPositions(position, named(to, batch, originOf)) <= 0,
    );
  }
  return positionsPut(operation, batch, originOf).some((one) => compareModelPositions(one, position) === 0);
}

export function compareModelPositions(left: ModelPosition, right: ModelPosition): number {
  for (const [index, component] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    for (const [place, word] of component.entries()) {
      if (word !== other[place]) return word < other[place]! ? -1 : 1;
    }
  }
  return left.length - right.length;
}

function named(path: Path, batch: Batch, originOf: (index: number) => string): ModelPosition {
  return path.map(({ digit, origin, sequence, offset }) => [
    digit,
    origin ?? originOf(batch.origin),
    sequence === 0 ? batch.sequence : sequence,
    offset,
  ]);
}
