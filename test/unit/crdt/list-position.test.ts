import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparePositions, placeBetween, type Position, type Run } from "../../../src/crdt/list-position.ts";
import { parsePositionName, positionName } from "../../../src/crdt/list-position-name.ts";
import { OwnRuns } from "../../../src/keyspace/types/list/own-runs.ts";

/** One region's way of making positions, without lists: what `ListWrites` does. */
class Author {
  readonly origin: string;
  readonly runs = new OwnRuns();
  #sequence = 0;

  constructor(name: string) {
    this.origin = `${name}#1-abcd`;
  }

  insert(left: Position | null, right: Position | null, count = 1): Position[] {
    const sequence = ++this.#sequence;
    let first = this.runs.extension(left, right, count);
    if (first === null) {
      const { parent, digit } = placeBetween(left, right);
      const depth = (parent?.run.depth ?? 0) + 1;
      first = { run: { parent, digit, origin: this.origin, sequence, depth }, offset: 0 };
    }
    this.runs.gaveOut(first.run, first.offset, count);
    const { run, offset } = first;
    return Array.from({ length: count }, (_, index) => ({ run, offset: offset + index }));
  }
}

const names = (positions: readonly Position[]): string[] => positions.map(positionName);
const sorted = (positions: readonly Position[]): Position[] => positions.toSorted(comparePositions);

/** A few levels of a few neighbouring digits, origins and offsets: everything that may be close to each other. */
const anyPosition = fc
  .array(
    fc.record({
      digit: fc.oneof(
        fc.integer({ min: -3, max: 3 }),
        fc.constantFrom(2 ** 16, -(2 ** 16), 2 ** 53 - 1, -(2 ** 53 - 1)),
      ),
      origin: fc.constantFrom("a#1-abcd", "a-b#1-abcd", "b#1-abcd"),
      sequence: fc.constantFrom(1, 2, 255, 256, 2 ** 32),
      offset: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-256, -255, 255, 256, 65_536, -65_536)),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((path) => {
    let position: Position | null = null;
    for (const [index, { offset, ...rest }] of path.entries()) {
      const run: Run = { parent: position, ...rest, depth: index + 1 };
      position = { run, offset };
    }
    return position!;
  });

describe("positions of list elements", () => {
  test("are totally ordered, and their names sort as they do and read back", () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, anyPosition, (a, b, c) => {
        const [ab, bc, ac] = [comparePositions(a, b), comparePositions(b, c), comparePositions(a, c)];
        expect(Math.sign(comparePositions(b, a)) + Math.sign(ab)).toBe(0);
        if (ab <= 0 && bc <= 0) expect(ac).toBeLessThanOrEqual(0);
        const [nameA, nameB] = names([a, b]) as [string, string];
        expect(Math.sign(ab) + 0).toBe(nameA < nameB ? -1 : nameA > nameB ? 1 : 0);
        expect(comparePositions(parsePositionName(nameA, null)!, a)).toBe(0);
        expect(parsePositionName(nameA, a.run)!.run).toBe(a.run);
      }),
      { numRuns: 2000 },
    );
  });

  test("always have room for another between two of them, of whatever origin", () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, fc.constantFrom("a", "a-b", "c"), (a, b, name) => {
        fc.pre(
          comparePositions(a, b) !== 0 && Math.abs(a.run.digit) < 2 ** 53 - 1 && Math.abs(b.run.digit) < 2 ** 53 - 1,
        );
        const [low, high] = sorted([a, b]) as [Position, Position];
        for (const [left, right] of [
          [null, low],
          [low, high],
          [high, null],
        ] as const) {
          const { parent, digit } = placeBetween(left, right);
          const depth = (parent?.run.depth ?? 0) + 1;
          const between = { run: { parent, digit, origin: `${name}#9-abcd`, sequence: 7, depth }, offset: 0 };
          if (left !== null) expect(comparePositions(left, between)).toBeLessThan(0);
          if (right !== null) expect(comparePositions(between, right)).toBeLessThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("stay unique and where they were put, whatever two regions insert and remove in turns", () => {
    const step = fc.record({
      who: fc.boolean(),
      at: fc.nat(1000),
      count: fc.integer({ min: 1, max: 3 }),
      removes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        const authors = [new Author("a"), new Author("b")] as const;
        const all = new Set<string>();
        const list: Position[] = [];
        for (const { who, at, count, removes } of steps) {
          const rank = at % (list.length + 1);
          if (removes) {
            list.splice(rank, 1);
            continue;
          }
          const made = authors[who ? 0 : 1].insert(list[rank - 1] ?? null, list[rank] ?? null, count);
          for (const name of names(made)) {
            expect(all.has(name)).toBe(false);
            all.add(name);
          }
          list.splice(rank, 0, ...made);
          expect(names(sorted(list))).toEqual(names(list));
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["RPUSH and LPOP", 1, ["right"], "left"],
    ["LPUSH and RPOP", 1, ["left"], "right"],
    ["RPUSH in two regions in turns, and LPOP", 2, ["right"], "left"],
    ["LPUSH in two regions in turns, and RPOP", 2, ["left"], "right"],
    ["both ends in two regions", 2, ["left", "right"], "left"],
  ] as const)("of a queue stay one component long: %s", (_name, regions, ends, popAt) => {
    const authors = [new Author("a"), new Author("b")];
    const queue: Position[] = [];
    for (let step = 0; step < 20_000; step++) {
      const author = authors[step % regions]!;
      const end = ends[Math.floor(step / regions) % ends.length]!;
      if (end === "right") queue.push(...author.insert(queue.at(-1) ?? null, null));
      else queue.unshift(...author.insert(null, queue[0] ?? null));
      if (queue.length > 5) {
        if (popAt === "left") queue.shift();
        else queue.pop();
      }
      expect(queue.every(({ run }) => run.depth === 1)).toBe(true);
      expect(Math.abs(queue[0]!.run.digit)).toBeLessThan(2 ** 40);
    }
  });

  test.each([
    ["one behind the other", (middle: number) => middle],
    ["each behind the same one", () => 1],
    ["anywhere", (_middle: number, random: number) => 1 + (random % 2000)],
  ] as const)("inserted in the middle stay short: %s", (_name, rankOf) => {
    const [a, b] = [new Author("a"), new Author("b")];
    const list = a.insert(null, null, 2);
    for (let step = 0; step < 2000; step++) {
      const rank = Math.max(1, Math.min(list.length - 1, rankOf(step + 1, Math.imul(step, 0x9e3779b1) >>> 8)));
      list.splice(rank, 0, ...b.insert(list[rank - 1]!, list[rank]!));
    }
    expect(Math.max(...list.map(({ run }) => run.depth))).toBeLessThanOrEqual(3);
  });

  test("L3: of two concurrent runs at one end, pushed one by one, none interleaves", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 3 }), (atRight, oneByOne, before) => {
        const [a, b] = [new Author("a"), new Author("b")];
        const common = before === 0 ? [] : a.insert(null, null, before);
        const pushed = [a, b].map((author) => {
          const list = [...common];
          const mine: Position[] = [];
          for (let left = 10; left > 0; left -= oneByOne ? 1 : 10) {
            const count = oneByOne ? 1 : 10;
            const made = atRight
              ? author.insert(list.at(-1) ?? null, null, count)
              : author.insert(null, list[0] ?? null, count);
            mine.push(...made);
            list.splice(atRight ? list.length : 0, 0, ...made);
          }
          return mine;
        });
        const merged = sorted([...common, ...pushed.flat()]).map((one) =>
          pushed[0]!.includes(one) ? "a" : pushed[1]!.includes(one) ? "b" : ".",
        );
        const runs = merged.join("").replaceAll(/(.)\1*/gu, "$1");
        expect(runs.replaceAll(".", "")).toMatch(/^(?:ab|ba)$/u);
      }),
    );
  });
});
