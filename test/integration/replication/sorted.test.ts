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
  /** Names the key, too. */
  readonly id: string;
  /** Commands without their key, which is put in second place. */
  readonly before: readonly string[];
  readonly eu: readonly string[];
  /** Later than what eu does. */
  readonly us: readonly string[];
  /** Members in order, of a sorted set with their scores. */
  readonly after: readonly string[];
}

const ROWS: readonly Row[] = [
  { id: "M1", before: ["SADD a b"], eu: ["SADD c"], us: ["SREM a", "SREM c"], after: ["b", "c"] },
  { id: "M2", before: [], eu: ["SADD e"], us: ["SADD e", "SREM e"], after: ["e"] },
  { id: "M3", before: ["SADD e1"], eu: ["SADD e2"], us: ["DEL"], after: ["e2"] },
  { id: "M4", before: ["SADD e"], eu: ["SPOP"], us: ["SPOP"], after: [] },
  { id: "M5", before: ["SADD e"], eu: ["SADD e"], us: ["SREM e"], after: ["e"] },
  { id: "Z1", before: [], eu: ["ZADD 1.1 x"], us: ["ZADD 2.1 x"], after: ["x", "2.1"] },
  { id: "Z2", before: ["ZADD 1.1 x"], eu: ["ZINCRBY 1.0 x"], us: ["ZINCRBY 1.0 x"], after: ["x", "3.1"] },
  { id: "Z3", before: ["ZADD 4.1 x"], eu: ["ZINCRBY 2.0 x"], us: ["ZREM x"], after: ["x", "2"] },
  { id: "Z4", before: ["ZADD 1 x"], eu: ["ZINCRBY 5 x"], us: ["ZADD 10 x"], after: ["x", "15"] },
  { id: "Z5", before: ["ZADD 5 x"], eu: ["ZADD GT 7 x"], us: ["ZADD GT 6 x"], after: ["x", "6"] },
  { id: "C13", before: ["ZINCRBY 1e17 x"], eu: [], us: ["ZADD 0 x", "ZINCRBY 0.1 x"], after: ["x", "0.1"] },
];

async function run(client: Redis, id: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const [name, ...words] = command.split(" ");
    await client.call(name!, id, ...words);
  }
}

async function read(client: Redis, id: string): Promise<readonly string[]> {
  return id.startsWith("M") ? (await client.smembers(id)).toSorted() : client.zrange(id, "0", "-1", "WITHSCORES");
}

describe("sets, sorted sets and places in two regions, over real sockets", () => {
  it("M1–M5, Z1–Z5, C13: what both did while apart merges, and is the same after kill -9", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"], ["--log-level", "warn"]);
    const regions = set;
    await regions.startAll();
    const [us, eu] = [regions.client("us"), regions.client("eu")];
    for (const { id, before } of ROWS) await run(us, id, before);
    await us.geoadd("places", 13.361389, 38.115556, "Palermo");
    await regions.converged();

    await regions.stop("us");
    for (const { id, eu: commands } of ROWS) await run(eu, id, commands);
    await eu.geoadd("places", 15.087269, 37.502669, "Catania");
    await regions.kill("eu");
    await regions.start("us");
    for (const { id, us: commands } of ROWS) await run(us, id, commands);
    await us.geoadd("places", 12.5, 41.9, "Roma");
    await regions.start("eu");
    await regions.converged();

    for (const client of [us, eu]) {
      for (const { id, after } of ROWS) expect([id, await read(client, id)]).toEqual([id, after]);
      const near = await client.call("GEOSEARCH", "places", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "ASC");
      expect(near).toEqual(["Catania", "Palermo"]);
    }

    // A member that is added in one region ends a wait in the other (L7).
    const waiting = regions.client("eu").bzpopmin("queue", 0);
    await us.zadd("queue", 1.5, "job");
    expect(await waiting).toEqual(["queue", "job", "1.5"]);
    await regions.converged();
    expect(await us.exists("queue")).toBe(0);
  });
});
