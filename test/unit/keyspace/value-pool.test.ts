import { beforeEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import {
  POOLED_BYTES_MAX,
  POOLED_BYTES_MIN,
  SLOT_HEADER_BYTES,
  ValuePool,
  type ValueBlock,
} from "../../../src/keyspace/value-pool.ts";
import { Context } from "../../../src/crdt/context.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import { StringFacet } from "../../../src/keyspace/types/string/string-facet.ts";
import { EngineWorld } from "../../support/engine-world.ts";

describe("texts outside the heap: slots", () => {
  interface Held {
    readonly block: ValueBlock;
    readonly slot: number;
    text: string;
  }

  function take(pool: ValuePool, text: string): Held {
    const block = pool.blockFor(text.length);
    const slot = block.take();
    block.write(slot, text);
    return { block, slot, text };
  }

  it("answer what was written last, whoever comes and goes beside them", () => {
    const random = seededRandom(1);
    const pool = new ValuePool();
    const held: Held[] = [];
    const spread = POOLED_BYTES_MAX - POOLED_BYTES_MIN;
    const text = (): string => {
      // Short ones more often, as in life: many then share a block.
      const length = POOLED_BYTES_MIN + (random.below(4) === 0 ? random.below(spread + 1) : random.below(400));
      return String.fromCharCode(random.below(256)).repeat(length);
    };
    for (let step = 0; step < 20_000; step++) {
      const roll = random.below(10);
      const at = held.length === 0 ? 0 : random.below(held.length);
      const one = held[at];
      if (roll < 5 || one === undefined) held.push(take(pool, text()));
      else if (roll < 8) {
        one.block.giveBack(one.slot);
        held.splice(at, 1);
      } else {
        const next = text();
        if (!one.block.fits(next.length)) continue;
        one.block.write(one.slot, next);
        one.text = next;
      }
    }
    expect(held.length).toBeGreaterThan(1000);
    for (const { block, slot, text: expected } of held) {
      expect(block.length(slot)).toBe(expected.length);
      expect(block.read(slot) === expected).toBe(true);
    }
    expect(new Set(held.map(({ block, slot }) => `${blockNumber(block)}:${slot}`)).size).toBe(held.length);
  });

  const numbers = new Map<ValueBlock, number>();
  function blockNumber(block: ValueBlock): number {
    const known = numbers.get(block) ?? numbers.size;
    numbers.set(block, known);
    return known;
  }

  it("of every length are at most an eighth larger than they need to be", () => {
    const pool = new ValuePool();
    for (let bytes = POOLED_BYTES_MIN; bytes <= POOLED_BYTES_MAX; bytes++) {
      const block = pool.blockFor(bytes);
      expect(block.slotBytes).toBeGreaterThanOrEqual(bytes + SLOT_HEADER_BYTES);
      expect(block.slotBytes).toBeLessThanOrEqual(Math.ceil(((bytes + SLOT_HEADER_BYTES) * 9) / 8));
      expect(block.fits(bytes)).toBe(true);
      expect(block.fits(block.slotBytes - SLOT_HEADER_BYTES + 1)).toBe(false);
    }
  });

  it("are used again before there is a new block, and an empty block goes", () => {
    const pool = new ValuePool();
    const text = "x".repeat(1000);
    const first = take(pool, text);
    const others = Array.from({ length: 1000 }, () => take(pool, text));
    const blocks = new Set(others.map(({ block }) => block));
    for (const { block, slot } of others) block.giveBack(slot);
    const again = Array.from({ length: 100 }, () => take(pool, text));
    for (const { block } of again) expect(blocks.has(block) || block === first.block).toBe(true);
    // All of them fit in one block: the others, of which there were several, are not offered any more.
    expect(blocks.size).toBeGreaterThan(3);
    expect(new Set(again.map(({ block }) => block)).size).toBe(1);
    expect(first.block.read(first.slot)).toBe(text);
  });

  it("say whether they were read since they were written", () => {
    const { block, slot } = take(new ValuePool(), "y".repeat(100));
    expect([block.isReadAgain(slot), block.isReadAgain(slot)]).toEqual([false, true]);
    expect(block.length(slot)).toBe(100);
    block.write(slot, "z".repeat(90));
    expect([block.isReadAgain(slot), block.read(slot)]).toEqual([false, "z".repeat(90)]);
  });
});

describe("texts outside the heap: the slot of a string", () => {
  const origins = new OriginTable();
  const context = (sequence: number): Context => new Context(0, sequence, sequence, VersionVector.empty);

  /** A string of 200 bytes in slot 0 of a new pool's block, with slot 1 taken by another. */
  function settled(): { readonly facet: StringFacet; readonly pool: ValuePool; readonly block: ValueBlock } {
    const pool = new ValuePool();
    const block = pool.blockFor(200);
    const facet = new StringFacet();
    facet.set(context(1), "a".repeat(200), 0, origins);
    facet.settleIn(pool);
    expect(block.take()).toBe(1);
    return { facet, pool, block };
  }

  it("is written over by a text of about its length", () => {
    const { facet, block } = settled();
    facet.set(context(2), "b".repeat(201), 0, origins);
    expect([facet.text(), block.read(0), block.take()]).toEqual(["b".repeat(201), "b".repeat(201), 2]);
  });

  it("is given back when another text is not for it, when the value is removed, and when the text becomes a string again", () => {
    const leave: readonly ((facet: StringFacet) => void)[] = [
      (facet) => facet.set(context(2), "b".repeat(5000), 0, origins),
      (facet) => facet.set(context(2), "b", 0, origins),
      (facet) => facet.removeObserved(context(2), origins),
      (facet) => facet.moveOut(),
      (facet) => [facet.readText(), facet.readText()],
    ];
    for (const goes of leave) {
      const { facet, block } = settled();
      goes(facet);
      const text = facet.text();
      expect(block.take()).toBe(0);
      block.write(0, "another's");
      expect(facet.text()).toBe(text);
    }
  });
});

describe("texts outside the heap: keys", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const LENGTHS = [10, POOLED_BYTES_MIN, 70, 300, 310, 5000, POOLED_BYTES_MAX, POOLED_BYTES_MAX + 1, 40_000];
  const text = (mark: string, length: number): string => mark.repeat(length);

  it("S1: a string has what was written last, whatever lengths follow one another and however often it is read", () => {
    for (const before of LENGTHS) {
      for (const after of LENGTHS) {
        world.a.set("k", text("b", before));
        for (let read = 0; read < before % 4; read++) expect(world.a.get("k")).toBe(text("b", before));
        world.a.set("k", text("a", after));
        expect(world.a.get("k")).toBe(text("a", after));
        expect(world.a.get("k")).toBe(text("a", after));
      }
    }
    expect(world.converged((region) => region.get("k"))).toBe(text("a", LENGTHS.at(-1)!));
  });

  it("S1, S2: concurrent texts are kept beside each other until a write that saw both", () => {
    world.a.set("k", text("a", 200));
    world.b.clock.advance(5);
    world.b.set("k", text("b", 300));
    expect(world.converged((region) => region.get("k"))).toBe(text("b", 300));
    world.a.set("k", text("c", 250));
    expect(world.converged((region) => region.get("k"))).toBe(text("c", 250));
  });

  it("K1: a text that is hidden behind another type stays as it was, whoever takes its place", () => {
    world.a.set("k", text("a", 200));
    world.b.clock.advance(5);
    world.b.hset("k", "f", "v");
    world.sync();
    for (let index = 0; index < 50; index++) world.a.set(`other:${index}`, text("o", 200));
    for (const region of [world.a, world.b]) {
      const { facet, hidden } = region.keyspace.state.table.find(0, "k")!;
      expect(facet!.type).toBe("hash");
      expect((hidden![0] as StringFacet).text()).toBe(text("a", 200));
    }
  });

  it("who holds a string that was emptied or replaced still has its text", () => {
    const facets = ["emptied", "replaced", "deleted"].map((key) => {
      world.a.set(key, text(key[0]!, 200));
      return world.a.keyspace.state.table.find(0, key)!.facet as StringFacet;
    });
    world.a.del("deleted");
    world.a.del("replaced");
    world.a.hset("replaced", "f", "v");
    world.a.keyspace.transact(0, (tx) => tx.flushAll());
    for (let index = 0; index < 50; index++) world.a.set(`other:${index}`, text("o", 200));
    expect(facets[0]!.text()).toBe(text("e", 200));
    for (const facet of facets) expect(facet.text() ?? "").not.toContain("o");
  });

  it("memory comes back to what it was when texts have come, been read, changed their length, and gone", () => {
    const used = (): number => world.a.keyspace.statistics().memoryUsedBytes;
    world.a.set("k", text("k", 100));
    const before = used();
    for (const length of LENGTHS) {
      for (let key = 0; key < 20; key++) world.a.set(`t:${key}`, text("t", length));
      for (let key = 0; key < 20; key++) for (let read = 0; read < key % 3; read++) world.a.get(`t:${key}`);
    }
    for (let key = 0; key < 20; key++) world.a.del(`t:${key}`);
    const gone = used();
    // Absences remain until their rows are gone.
    expect(gone - before).toBeLessThan(20 * 200);
    world.a.keyspace.transact(0, (tx) => tx.flushAll());
    expect(used()).toBe(0);
    world.a.set("k", text("n", 100));
    expect([world.a.get("k"), used()]).toEqual([text("n", 100), before]);
  });
});
