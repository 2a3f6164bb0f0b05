import { afterEach, describe, expect, it, vi } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { ChangeChain } from "../../../src/crdt/document/change-chain.ts";
import { FOLDING, SLIMMING } from "../../../src/crdt/document/document.ts";
import type { DocumentEdit, Place } from "../../../src/crdt/document/edit.ts";
import { jsonText } from "../../../src/crdt/document/json-text.ts";
import { JsonNumber, type JsonValue } from "../../../src/crdt/document/json-value.ts";
import { OPEN_DOCUMENTS } from "../../../src/crdt/document/open-documents.ts";
import { NAMING, ROOT_KEY } from "../../../src/crdt/document/op-id.ts";
import { ListNode, MapNode, type JsonNode } from "../../../src/crdt/document/view.ts";
import { digestOf } from "../../../src/keyspace/digest.ts";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";

function valueFrom(json: unknown): JsonValue {
  if (Array.isArray(json)) return json.map((one) => valueFrom(one));
  if (typeof json === "number") return Number.isInteger(json) ? JsonNumber.ofInteger(json) : JsonNumber.ofDouble(json);
  if (typeof json !== "object" || json === null) return json as JsonValue;
  return new Map(Object.entries(json).map(([key, one]) => [key, valueFrom(one)]));
}

function create(region: EngineRegion, key: string, json: unknown): void {
  region.run((tx) => tx.documents.create(key, valueFrom(json)));
}

function edit(
  region: EngineRegion,
  key: string,
  body: (edit: DocumentEdit, root: JsonNode, top: MapNode) => void,
): void {
  region.run((tx) => {
    const sight = tx.documents.get(key)!;
    tx.documents.edit(key, (one) => body(one, sight.root, sight.top));
  });
}

function json(region: EngineRegion, key: string): string | null {
  return region.run((tx) => {
    if (tx.typeOf(key) !== "ReJSON-RL") return null;
    const sight = tx.documents.get(key);
    return sight === null ? null : jsonText(sight.root);
  });
}

const at = (root: JsonNode, key: string): Place => ({ map: root as MapNode, key });

describe("documents between three engines", () => {
  it("J6: a delete wins over what is changed inside the document concurrently, and nothing waits for it", () => {
    const world = new EngineWorld();
    create(world.a, "d", { k: 0 });
    world.sync();
    world.a.del("d");
    edit(world.b, "d", (one, root) => one.set(at(root, "k"), valueFrom(1)));
    expect(world.converged((region) => json(region, "d"))).toBeNull();
    create(world.c, "d", { n: 1 });
    expect(world.converged((region) => json(region, "d"))).toBe('{"n":1}');
  });

  it("J6: a document made anew shares nothing with what others still change of the old one", () => {
    const world = new EngineWorld();
    create(world.a, "d", { k: 0 });
    world.sync();
    world.a.del("d");
    create(world.a, "d", { fresh: true });
    edit(world.b, "d", (one, root) => one.set(at(root, "late"), valueFrom(1)));
    expect(world.converged((region) => json(region, "d"))).toBe('{"fresh":true}');
  });

  it("J8: a list that is set anew is another list; what is appended to the old one goes with it", () => {
    const world = new EngineWorld();
    create(world.a, "d", { l: [1] });
    world.sync();
    edit(world.a, "d", (one, root) => one.set(at(root, "l"), valueFrom([7])));
    edit(world.b, "d", (one, root) => one.insert((root as MapNode).get("l") as ListNode, 1, [valueFrom(2)]));
    expect(world.converged((region) => json(region, "d"))).toBe('{"l":[7]}');
  });

  it("J9: an increment of a number that is removed concurrently counts from zero; of a removed item it goes with it", () => {
    const world = new EngineWorld();
    create(world.a, "d", { n: 10, l: [5] });
    world.sync();
    edit(world.a, "d", (one, root) => {
      one.remove(at(root, "n"));
      one.remove({ list: (root as MapNode).get("l") as ListNode, index: 0 });
    });
    edit(world.b, "d", (one, root) => {
      one.add(at(root, "n"), 5);
      one.add({ list: (root as MapNode).get("l") as ListNode, index: 0 }, 5);
    });
    expect(JSON.parse(world.converged((region) => json(region, "d"))!)).toEqual({ n: 5, l: [] });
  });

  it("J10: an object set over an object keeps what another region puts into it", () => {
    const world = new EngineWorld();
    create(world.a, "d", { a: 1, in: { x: 1 } });
    world.sync();
    edit(world.a, "d", (one, _root, top) => one.set({ map: top, key: ROOT_KEY }, valueFrom({ b: 2, in: { y: 2 } })));
    edit(world.b, "d", (one, root) => {
      one.set(at(root, "c"), valueFrom(3));
      one.set(at((root as MapNode).get("in")!, "z"), valueFrom(3));
    });
    expect(JSON.parse(world.converged((region) => json(region, "d"))!)).toEqual({ b: 2, c: 3, in: { y: 2, z: 3 } });
  });

  it("K1: of a string and a document the one written last is shown, until the next write", () => {
    const world = new EngineWorld();
    world.a.set("k", "text");
    world.b.clock.advance(5);
    create(world.b, "k", { a: 1 });
    expect(world.converged((region) => json(region, "k"))).toBe('{"a":1}');
    edit(world.c, "k", (one, root) => one.set(at(root, "b"), valueFrom(2)));
    expect(world.converged((region) => json(region, "k"))).toBe('{"a":1,"b":2}');
  });

  it("E5: a document's deadline survives changes; E10: what has expired is not written on", () => {
    const world = new EngineWorld();
    create(world.a, "d", { n: 1 });
    world.a.expireIn("d", 100);
    world.sync();
    edit(world.b, "d", (one, root) => one.add(at(root, "n"), 1));
    world.sync();
    expect(world.c.ttl("d")).toBeGreaterThan(0);
    world.advance(200);
    for (const region of [world.a, world.b]) create(region, "d", { made: region.name });
    expect(JSON.parse(world.converged((region) => json(region, "d"))!)).toEqual({ made: "b" });
  });

  it("K9: COPY takes what its origin saw", () => {
    const world = new EngineWorld();
    create(world.a, "d", { a: [1, { b: null }], f: 0.5 });
    world.a.run((tx) => tx.copy("d", 0, "e"));
    expect(world.converged((region) => json(region, "e"))).toBe('{"a":[1,{"b":null}],"f":0.5}');
  });
});

describe("a document that Automerge cannot take further", () => {
  it("is closed, and opened anew from its own bytes by the next who asks", () => {
    const { a } = new EngineWorld();
    create(a, "d", { name: "x" });
    expect(json(a, "d")).toBe('{"name":"x"}');
    const failing = vi.spyOn(ChangeChain.prototype, "flush").mockImplementation(() => {
      throw new Error("out of memory");
    });
    const open = OPEN_DOCUMENTS.count;
    // A list asks Automerge where its items stand.
    expect(() => {
      edit(a, "d", (editor, root) => editor.set(at(root, "items"), valueFrom([1, 2])));
      json(a, "d");
    }).toThrow("a transaction's body failed");
    expect(OPEN_DOCUMENTS.count).toBe(open - 1);
    failing.mockRestore();
    expect(json(a, "d")).toBe('{"name":"x","items":[1,2]}');
  });
});

describe("names of operations", () => {
  const startOverAt = NAMING.startOverAt;
  afterEach(() => {
    NAMING.startOverAt = startOverAt;
  });

  it("start over before their counters end, and nothing is lost", () => {
    const world = new EngineWorld();
    create(world.a, "d", { n: 0, l: [1, { x: "y" }] });
    world.a.expireIn("d", 60_000);
    world.sync();
    NAMING.startOverAt = 20;
    for (let round = 0; round < 50; round++) edit(world.b, "d", (one, root) => one.add(at(root, "n"), 1));
    expect(world.converged((region) => json(region, "d"))).toBe('{"n":50,"l":[1,{"x":"y"}]}');
    expect(world.c.ttl("d")).toBe(60_000);
  });
});

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

const KEYS = ["d1", "d2"];
const NAMES = ["a", "b", "c"];

function someJson(random: Random, depth: number): unknown {
  const kind = random.below(depth > 2 ? 5 : 8);
  if (kind < 2) return random.below(100);
  if (kind === 2) return random.below(100) / 8;
  if (kind === 3) return `s${random.below(9)}`;
  if (kind === 4) return pick(random, [null, true, false]);
  if (kind === 5) return Array.from({ length: random.below(4) }, () => someJson(random, depth + 1));
  return Object.fromEntries(
    NAMES.filter(() => random.below(2) === 0).map((name) => [name, someJson(random, depth + 1)]),
  );
}

function* places(root: JsonNode, place: Place): Generator<{ readonly node: JsonNode; readonly place: Place }> {
  yield { node: root, place };
  if (root instanceof MapNode) for (const [key, node] of root.entries()) yield* places(node, { map: root, key });
  if (root instanceof ListNode)
    for (const [index, node] of root.items.entries()) yield* places(node, { list: root, index });
}

/** One random command on documents. */
function act(region: EngineRegion, random: Random): void {
  const key = pick(random, KEYS);
  const type = region.run((tx) => tx.typeOf(key));
  const dice = random.below(24);
  if (type !== "ReJSON-RL") {
    if (type !== null || random.below(5) === 0) region.set(key, "text");
    else create(region, key, someJson(random, 0));
    if (type !== null) region.del(key);
    return;
  }
  if (dice === 0) region.del(key);
  else if (dice === 1) region.expireIn(key, 1 + random.below(300));
  else if (dice === 2)
    region.run((tx) =>
      tx.copy(
        key,
        0,
        pick(
          random,
          KEYS.filter((other) => other !== key),
        ),
      ),
    );
  else if (dice === 3 && random.below(4) === 0) region.run((tx) => tx.flushAll());
  else {
    edit(region, key, (one, root, top) => {
      const all = [...places(root, { map: top, key: ROOT_KEY })];
      const { node, place } = pick(random, all);
      const value = valueFrom(someJson(random, 1));
      if (node instanceof JsonNumber && random.below(3) > 0)
        one.add(place, random.below(2) === 0 ? random.below(10) : "0.1");
      else if (node instanceof ListNode && random.below(4) > 0) {
        const { length } = node.items;
        if (length > 0 && random.below(2) === 0) one.remove({ list: node, index: random.below(length) });
        else one.insert(node, random.below(length + 1), [value, valueFrom(random.below(9))]);
      } else if (node instanceof MapNode && random.below(4) > 0) {
        const name = pick(random, NAMES);
        const how = random.below(9);
        if (how < 3) one.merge(place, node, value);
        else if (how < 5 && node.get(name) !== undefined) one.remove({ map: node, key: name });
        else one.set({ map: node, key: name }, value);
      } else if (random.below(6) === 0 && (node instanceof MapNode || node instanceof ListNode)) one.clear(node);
      else if (all.length > 1 || random.below(3) === 0) one.set(place, value);
    });
  }
}

async function runHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = new EngineWorld();
  // Gets every batch, in an order of its own, and never forgets anything.
  const witness = new EngineRegion("w", ["a", "b", "c"]);
  for (let step = 0; step < 90; step++) {
    const region = pick(random, world.all);
    const dice = random.below(10);
    if (dice < 2)
      world.send(
        pick(
          random,
          world.all.filter((other) => other !== region),
        ),
        region,
      );
    else if (dice === 2) region.clock.advance(random.below(30));
    else if (dice === 3 && random.below(3) === 0) await world.settle();
    else act(region, random);
  }
  const latest = Math.max(...world.all.map((region) => region.clock.wallMs()));
  for (const region of [...world.all, witness]) region.clock.jump(latest - region.clock.wallMs());
  world.sync();
  for (const from of [world.c, world.b, world.a]) world.send(from, witness);
  const look = (region: EngineRegion): string =>
    JSON.stringify([...KEYS.map((key) => json(region, key)), region.digest(latest)]);
  const expected = look(witness);
  for (const region of world.all) expect(look(region), `seed ${seed}, ${region.name}`).toBe(expected);
  await world.settle();
  await world.settle();
  for (const region of world.all) expect(look(region), `seed ${seed}, ${region.name} settled`).toBe(expected);
  const reopened = await world.a.reopened();
  expect(digestOf(reopened, latest).digest, `seed ${seed}: reopened`).toBe(world.a.digest(latest));
}

describe("random histories of documents", () => {
  const before = [FOLDING, SLIMMING, OPEN_DOCUMENTS.limits].map((limits) => [limits, { ...limits }] as const);
  afterEach(() => {
    for (const [limits, values] of before) Object.assign(limits, values);
  });

  const histories = async (first: number): Promise<void> => {
    Object.assign(FOLDING, { changesMin: 3, operationsPerChange: 1000 });
    OPEN_DOCUMENTS.limits.documentsMax = 2;
    for (let seed = first; seed < first + 25; seed++) await runHistory(seed);
  };

  it("converge in any order, folded or not, closed and reopened (seeds 1–25)", () => histories(1));

  it("the same while Automerge is spared what no longer shows (seeds 26–50)", async () => {
    Object.assign(SLIMMING, { changesMin: 2, operationsPerChange: 1000 });
    await histories(26);
  });
});
