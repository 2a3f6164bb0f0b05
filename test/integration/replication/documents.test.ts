import type { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { RegionSet } from "../../support/region-set.ts";
import { Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
let set: RegionSet | null = null;
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

interface Row {
  readonly id: string;
  /** What is there before the regions part; null: nothing. */
  readonly before: unknown;
  readonly us: readonly string[];
  readonly eu: readonly string[];
  readonly after: unknown;
}

const ROWS: readonly Row[] = [
  {
    id: "J1",
    before: {},
    us: ["JSON.SET", "$.cart", "1"],
    eu: ["JSON.SET", "$.plan", "2"],
    after: { cart: 1, plan: 2 },
  },
  {
    id: "J2",
    before: { n: 1 },
    us: ["JSON.NUMINCRBY", "$.n", "2"],
    eu: ["JSON.NUMINCRBY", "$.n", "3"],
    after: { n: 6 },
  },
  {
    id: "J4",
    before: {},
    us: ["JSON.MERGE", "$", '{"x":{"y":1}}'],
    eu: ["JSON.MERGE", "$", '{"x":{"z":2}}'],
    after: { x: { y: 1, z: 2 } },
  },
  {
    id: "J5",
    before: null,
    us: ["JSON.SET", "$", '{"a":1,"in":{"a":1}}'],
    eu: ["JSON.SET", "$", '{"b":2,"in":{"b":2}}'],
    after: { a: 1, b: 2, in: { a: 1, b: 2 } },
  },
  { id: "J6", before: { k: 0 }, us: ["JSON.DEL", "$"], eu: ["JSON.SET", "$.k", "1"], after: null },
  {
    id: "J7",
    before: { n: 0.5 },
    us: ["JSON.NUMINCRBY", "$.n", "0.1"],
    eu: ["JSON.NUMINCRBY", "$.n", "0.2"],
    after: { n: 0.8 },
  },
  { id: "J7b", before: { n: 1 }, us: ["JSON.SET", "$.n", "9"], eu: ["JSON.NUMINCRBY", "$.n", "1"], after: { n: 10 } },
  { id: "J8", before: { a: [1] }, us: ["JSON.SET", "$.a", "[]"], eu: ["JSON.ARRAPPEND", "$.a", "1"], after: { a: [] } },
  { id: "J9", before: { n: 10 }, us: ["JSON.DEL", "$.n"], eu: ["JSON.NUMINCRBY", "$.n", "5"], after: { n: 5 } },
  {
    id: "J10",
    before: { a: 1 },
    us: ["JSON.SET", "$", '{"b":2}'],
    eu: ["JSON.SET", "$.c", "3"],
    after: { b: 2, c: 3 },
  },
];

const run = (client: Redis, id: string, [name, ...words]: readonly string[]): Promise<unknown> =>
  client.call(name!, id, ...words);

async function read(client: Redis, id: string): Promise<unknown> {
  const text = (await client.call("JSON.GET", id)) as string | null;
  return text === null ? null : JSON.parse(text);
}

describe("documents in two regions, over real sockets", () => {
  it("J1–J10: what both did while apart merges, and is the same after kill -9", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"], ["--log-level", "warn"]);
    const regions = set;
    await regions.startAll();
    const [us, eu] = [regions.client("us"), regions.client("eu")];
    for (const { id, before } of ROWS) if (before !== null) await us.call("JSON.SET", id, "$", JSON.stringify(before));
    await us.call("JSON.SET", "J3", "$", "[0]");
    await regions.converged();

    await regions.stop("us");
    for (const { id, eu: words } of ROWS) await run(eu, id, words);
    await eu.call("JSON.ARRAPPEND", "J3", "$", "11", "12");
    await regions.kill("eu");
    await regions.start("us");
    for (const { id, us: words } of ROWS) await run(us, id, words);
    await us.call("JSON.ARRAPPEND", "J3", "$", "1", "2");
    await regions.start("eu");
    await regions.converged();

    for (const client of [us, eu]) {
      for (const { id, after } of ROWS) expect([id, await read(client, id)]).toEqual([id, after]);
      expect([
        [0, 1, 2, 11, 12],
        [0, 11, 12, 1, 2],
      ]).toContainEqual(await read(client, "J3"));
    }

    // Long enough for each region to forget its past.
    for (let round = 0; round < 200; round++) {
      const pipeline = us.pipeline();
      pipeline.call("JSON.NUMINCRBY", "J2", "$.n", "1");
      pipeline.call("JSON.SET", "J1", "$.cart", String(round));
      pipeline.call("JSON.ARRAPPEND", "J3", "$", String(round));
      pipeline.call("JSON.ARRPOP", "J3", "$", "0");
      await Promise.all([pipeline.exec(), eu.call("JSON.NUMINCRBY", "J2", "$.n", "1")]);
    }
    await regions.converged();
    expect(await read(eu, "J2")).toEqual({ n: 406 });
    await regions.kill("eu");
    await regions.start("eu");
    await regions.converged();
    expect(await read(eu, "J2")).toEqual({ n: 406 });
  });
});
