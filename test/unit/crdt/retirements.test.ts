import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { BatchEncoder } from "../../../src/crdt/batch-codec.ts";
import { BatchDecoder } from "../../../src/crdt/batch-decoder.ts";
import type { Batch } from "../../../src/crdt/batch.ts";
import { Context } from "../../../src/crdt/context.ts";
import type { Operation } from "../../../src/crdt/operation.ts";
import { OP, SYSTEM_DATABASE } from "../../../src/crdt/operations/operation-kind.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import { originsToRetire } from "../../../src/keyspace/retiring.ts";
import { RowReader, writeVector } from "../../../src/keyspace/types/row-reader.ts";
import { retireIn } from "../../support/reference/retired.ts";

type Truth = ReadonlyMap<string, number>;

/** One region's vectors and log without any keys, and beside them the whole truth: every entry by name, nothing left out. */
class Copy {
  readonly region: string;
  starts = 1;
  table = new OriginTable();
  /** One for all it reads, as a region has. */
  decoder = new BatchDecoder(this.table);
  applied = new VersionVector(this.table.retirements);
  readonly truth = new Map<string, number>();
  readonly log: Buffer[] = [];
  /** Contexts that were kept, each with what it had really observed. */
  readonly kept: { readonly context: Context; readonly truth: Truth }[] = [];

  constructor(region: string) {
    this.region = region;
  }

  get incarnation(): string {
    return `${this.region}#${this.starts}-0000`;
  }

  issue(operations: readonly Operation[], world: World): void {
    const id = this.incarnation;
    const sequence = (this.truth.get(id) ?? 0) + 1;
    const truth = new Map(this.truth);
    const origin = this.table.intern(id);
    const others = this.applied.copy();
    const batch = { origin, sequence, stamp: 0, others, operations };
    const bytes = Buffer.from(new BatchEncoder(this.table).encode(batch, batch.operations));
    world.truths.set(`${id} ${sequence}`, truth);
    world.bytes.push(bytes.length);
    this.#take(batch, bytes, world);
  }

  /** What replication does: next in order, dependencies here. */
  receive(bytes: Buffer, world: World): void {
    const batch = this.decoder.decode(this.decoder.open(bytes));
    const known = this.applied.get(batch.origin);
    if (batch.sequence <= known) return;
    const truth = world.truths.get(`${this.table.id(batch.origin)} ${batch.sequence}`)!;
    const isReady = [...truth].every(([id, sequence]) => (this.truth.get(id) ?? 0) >= sequence);
    // Dependencies that are left out are implied by those that are named.
    expect(batch.sequence === known + 1 && this.applied.includes(batch.others)).toBe(isReady);
    if (isReady) this.#take(batch, bytes, world);
  }

  retire(frontier: VersionVector, orphans: readonly string[], world: World): void {
    const { region, incarnation, applied, table: origins } = this;
    const retired = originsToRetire({ region, incarnation, applied, frontier, origins, orphans });
    if (retired.length === 0) return;
    world.retired += retired.length;
    this.issue([{ op: OP.originsRetire, db: SYSTEM_DATABASE, origins: retired }], world);
  }

  /** A start: table and vector from a checkpoint, maybe another's and newer than the log, and then the log again. */
  restart(from: Copy | null, world: World): void {
    this.starts++;
    if (from !== null) {
      this.table = new OriginTable(from.table.ids(), from.table.retirements.all());
      this.decoder = new BatchDecoder(this.table);
      this.applied = VersionVector.fromNamed(from.applied.toNamed(from.table), this.table);
      this.kept.length = 0;
    }
    for (const bytes of this.log) this.#check(this.decoder.decode(this.decoder.open(bytes)), world);
  }

  #take(batch: Batch, bytes: Buffer, world: World): void {
    this.#check(batch, world);
    retireIn(this.table, batch);
    this.applied.set(batch.origin, batch.sequence);
    this.applied.retire();
    this.truth.set(this.table.id(batch.origin), batch.sequence);
    this.log.push(bytes);
  }

  /** A batch covers exactly what it had observed; also as a row says it. */
  #check(batch: Batch, world: World): void {
    const id = this.table.id(batch.origin);
    const truth = world.truths.get(`${id} ${batch.sequence}`)!;
    const context = new Context(batch.origin, batch.sequence, 0, batch.others);
    this.agree(context, truth);
    if (world.random.below(4) > 0) return;
    const writer = new ByteWriter(64);
    writeVector(writer, batch.others);
    const others = new RowReader(writer.take(), this.table.retirements).vector();
    const kept = { context: new Context(batch.origin, batch.sequence, 0, others), truth };
    this.kept.push(kept);
  }

  agree(context: Context, truth: Truth): void {
    for (const [origin, id] of this.table.ids().entries()) {
      if (origin === context.origin) continue;
      const sequence = truth.get(id) ?? 0;
      if (!context.covers(origin, sequence) || context.covers(origin, sequence + 1)) {
        throw new Error(`${this.region}: a batch of ${this.table.id(context.origin)} had observed ${id} ${sequence}`);
      }
    }
  }
}

interface World {
  readonly random: Random;
  readonly truths: Map<string, Truth>;
  readonly bytes: number[];
  retired: number;
}

function run(seed: number, isSoundOnly: boolean): World {
  const random = seededRandom(seed);
  const world: World = { random, truths: new Map(), bytes: [], retired: 0 };
  const copies = ["a", "b", "c"].map((region) => new Copy(region));
  for (let step = 0; step < 200; step++) {
    const copy = copies[random.below(3)]!;
    const other = copies[random.below(3)]!;
    switch (random.below(8)) {
      case 0:
      case 1:
        copy.issue([], world);
        break;
      case 2:
        copy.restart(random.below(4) === 0 && includesTruth(other.truth, copy.truth) ? other : null, world);
        // A snapshot brings what the log does not have.
        if (copy.table.size === other.table.size) for (const [id, to] of other.truth) raise(copy.truth, id, to, copy);
        break;
      case 3: {
        // Stability is economy: what a retirement says is true whoever has heard of it.
        const frontier = isSoundOnly ? copy.applied : stableOf(copies, copy);
        copy.retire(frontier, random.below(4) === 0 ? ["a", "b", "c"] : [], world);
        break;
      }
      default:
        for (const bytes of other.log.slice(-1 - random.below(60))) copy.receive(bytes, world);
    }
    for (const one of copies) {
      for (const [origin, id] of one.table.ids().entries()) same(one.applied.get(origin), one.truth.get(id) ?? 0);
      // What others say of themselves: never more than they have, and all of it once their retirements are here.
      const hasAll = includesTruth(one.truth, other.truth);
      const said = VersionVector.fromNamed(other.applied.toNamed(other.table), one.table);
      for (const [origin, id] of one.table.ids().entries()) {
        const really = other.truth.get(id) ?? 0;
        same(Math.max(said.get(origin), really), really);
        if (hasAll) same(said.get(origin), really);
      }
    }
  }
  for (const copy of copies) for (const { context, truth } of copy.kept) copy.agree(context, truth);
  return world;
}

/** `expect` would take most of the time. */
function same(actual: number, expected: number): void {
  if (actual !== expected) expect(actual).toBe(expected);
}

function raise(truth: Map<string, number>, id: string, to: number, copy: Copy): void {
  const origin = copy.table.find(id);
  if (origin !== undefined && copy.applied.covers(origin, to)) truth.set(id, Math.max(to, truth.get(id) ?? 0));
}

function includesTruth(left: Truth, right: Truth): boolean {
  return [...right].every(([id, sequence]) => (left.get(id) ?? 0) >= sequence);
}

function stableOf(copies: readonly Copy[], of: Copy): VersionVector {
  const least = of.table.ids().map((id) => Math.min(...copies.map(({ truth }) => truth.get(id) ?? 0)));
  return VersionVector.dense(least);
}

describe("retirements", () => {
  it("V1: a batch covers exactly what it had observed, whatever it leaves out, wherever and whenever it is read", () => {
    let retired = 0;
    for (let seed = 1; seed <= 40; seed++) retired += run(seed, seed % 2 === 0).retired;
    expect(retired).toBeGreaterThan(400);
  });

  it("V1: what an incarnation issues beyond its floor is named again, and may be retired again", () => {
    const table = new OriginTable(["a#1-0000", "a#2-0000"]);
    const vector = VersionVector.dense([3, 1], table.retirements);
    table.retirements.add({ origin: 0, floor: 3, byOrigin: 1, bySequence: 2 });
    expect(vector.retire()).toBe(false);
    vector.set(1, 2);
    expect(vector.retire()).toBe(true);
    expect(vector.toNamed(table)).toEqual({ "a#2-0000": 2 });
    expect([vector.covers(0, 3), vector.covers(0, 4)]).toEqual([true, false]);
    vector.set(0, 4);
    expect(vector.toNamed(table)).toEqual({ "a#1-0000": 4, "a#2-0000": 2 });
    table.retirements.add({ origin: 0, floor: 4, byOrigin: 1, bySequence: 3 });
    vector.set(1, 3);
    vector.retire();
    expect([vector.toNamed(table), vector.get(0)]).toEqual([{ "a#2-0000": 3 }, 4]);
  });

  it("a vector that is not closed under causality is what it names, and no more", () => {
    const table = new OriginTable(["a#1-0000", "a#2-0000", "b#1-0000"]);
    table.retirements.add({ origin: 0, floor: 3, byOrigin: 1, bySequence: 2 });
    const said = (named: Record<string, number>): number => VersionVector.fromNamed(named, table).get(0);
    expect([said({}), said({ "a#2-0000": 1 }), said({ "a#2-0000": 2 }), said({ "b#1-0000": 9 })]).toEqual([0, 0, 3, 0]);
    // Retired in its turn, by one that is unknown to the vector.
    table.retirements.add({ origin: 1, floor: 2, byOrigin: 2, bySequence: 5 });
    expect([said({ "b#1-0000": 5 }), said({ "b#1-0000": 4 }), said({ "a#2-0000": 2 })]).toEqual([3, 0, 3]);
  });

  it("RT1, RT2: a region speaks for its earlier incarnations, of each region the newest stays named", () => {
    const table = new OriginTable(["a#1-0000", "a#9-0000", "a#10-0000", "b#1-0000", "b#2-0000", "c#1-0000"]);
    const applied = VersionVector.dense([4, 5, 6, 7, 8, 9], table.retirements);
    const orphans: readonly string[] = [];
    const facts = { region: "a", incarnation: "a#11-0000", applied, frontier: applied, origins: table, orphans };
    const names = (change: Partial<typeof facts>): readonly string[] =>
      originsToRetire({ ...facts, ...change }).map(({ id, floor }) => `${id} ${floor}`);
    expect(names({})).toEqual(["a#1-0000 4", "a#9-0000 5", "a#10-0000 6"]);
    expect(names({ incarnation: "a#10-0000" })).toEqual(["a#1-0000 4", "a#9-0000 5"]);
    expect(names({ orphans: ["b", "c"] })).toEqual(["a#1-0000 4", "a#9-0000 5", "a#10-0000 6", "b#1-0000 7"]);
    // Nobody else's, nothing that is not stable, and no name that only another would replace.
    expect(names({ frontier: VersionVector.dense([4, 4, 6]) })).toEqual(["a#1-0000 4", "a#10-0000 6"]);
    expect(names({ region: "c", incarnation: "c#2-0000" })).toEqual([]);
  });
});
