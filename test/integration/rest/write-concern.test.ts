import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { EngineRegion } from "../../support/engine-world.ts";
import { waitFor } from "../../support/processes.ts";
import { RestWorld, READER, type RestWorldOptions, type Seen } from "./rest-world.ts";

const worlds: RestWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.server.close()));
});

const REGIONS = ["us-east", "eu-west", "ap-south"];

async function start(options: RestWorldOptions = {}, regions = REGIONS): Promise<RestWorld> {
  const world = await RestWorld.start({ engine: new EngineRegion("us-east", regions), ...options });
  worlds.push(world);
  return world;
}

/** The other region has everything issued here so far. */
function acknowledge(world: RestWorld, region: string): void {
  const { replica, keyspace, clock } = world.commands.engine;
  const vector = { [keyspace.incarnation]: keyspace.lastSequence };
  replica.reportMember({ region, vector, clockMs: clock.wallMs() });
}

const concern = (regions: string, more: Record<string, string> = {}): Record<string, string> => ({
  "x-antipode-write-concern": regions,
  ...more,
});
const confirmed = ({ headers }: Seen): readonly (string | null)[] =>
  ["concern", "confirmed", "confirmed-by"].map((name) => headers.get(`x-antipode-write-${name}`));

/** Sends, and resolves once the write has been applied: the answer waits. */
async function send(world: RestWorld, body: string, path: string, headers: Record<string, string>) {
  const before = world.commands.engine.keyspace.lastSequence;
  let isAnswered = false;
  const answer = world.post(body, path, headers).then((seen) => {
    isAnswered = true;
    return seen;
  });
  await waitFor("the write", () => world.commands.engine.keyspace.lastSequence > before);
  await setImmediate();
  return { answer, isAnswered: () => isAnswered };
}

describe("x-antipode-write-concern", () => {
  it.each([
    ["one command", '["SET","k","v"]', "/", { result: "OK" }],
    ["a pipeline", '[["SET","k","v"],["INCR","n"]]', "/pipeline", [{ result: "OK" }, { result: 1 }]],
    ["a transaction", '[["SET","k","v"],["INCR","n"]]', "/multi-exec", [{ result: "OK" }, { result: 1 }]],
  ])("WC1: %s is answered once that many other regions have it durably", async (_name, body, path, result) => {
    const world = await start();
    const one = await send(world, body, path, concern("2"));
    acknowledge(world, "eu-west");
    await setImmediate();
    expect(one.isAnswered()).toBe(false);
    acknowledge(world, "ap-south");
    const seen = await one.answer;
    expect([seen.status, seen.body]).toEqual([200, result]);
    expect(confirmed(seen)).toEqual(["met", "2", "eu-west,ap-south"]);
  });

  it("WC1: majority counts this region, all counts the others", async () => {
    const world = await start();
    const majority = await send(world, '["SET","k","v"]', "/", concern("majority"));
    acknowledge(world, "ap-south");
    expect(confirmed(await majority.answer)).toEqual(["met", "1", "ap-south"]);
    const all = await send(world, '["SET","k","v"]', "/", concern("ALL"));
    acknowledge(world, "ap-south");
    await setImmediate();
    expect(all.isAnswered()).toBe(false);
    acknowledge(world, "eu-west");
    expect(confirmed(await all.answer)).toEqual(["met", "2", "eu-west,ap-south"]);
    const alone = await start({}, ["us-east"]);
    expect(confirmed(await alone.post('["SET","k","v"]', "/", concern("all")))).toEqual(["met", "0", ""]);
  });

  it("WC1: what wrote nothing waits for nothing; 0 waits for nobody and tells", async () => {
    const world = await start();
    const read = await world.fetch("/get/k", { headers: concern("all") });
    expect(confirmed(read)).toEqual(["met", "2", "eu-west,ap-south"]);
    expect(confirmed(await world.post('["SET","k","v"]', "/", concern("0")))).toEqual(["met", "0", ""]);
    expect(confirmed(await world.post('["SET","k","v"]', "/", {}))).toEqual([null, null, null]);
  });

  it("WC2: when time is up the answer stands and its head tells; the write is there", async () => {
    const world = await start();
    const late = await send(world, '["INCR","n"]', "/", concern("all", { "x-antipode-write-timeout": "200" }));
    acknowledge(world, "eu-west");
    world.commands.advance(199);
    await setImmediate();
    expect(late.isAnswered()).toBe(false);
    world.commands.advance(1);
    const seen = await late.answer;
    expect([seen.status, seen.body, ...confirmed(seen)]).toEqual([200, { result: 1 }, "unmet", "1", "eu-west"]);
    expect((await world.fetch("/get/n")).body).toEqual({ result: "1" });
  });

  it("WC3: demanded, it is an error that says that the write stays, with the answer beside it", async () => {
    const world = await start();
    const demand = concern("all", { "x-antipode-write-policy": "error", "x-antipode-write-timeout": "50" });
    for (const [body, path, answer] of [
      ['["INCR","n"]', "/", { result: 1 }],
      ['[["INCR","n"],["GET","n"]]', "/pipeline", [{ result: 2 }, { result: "2" }]],
      ['[["INCR","n"]]', "/multi-exec", [{ result: 3 }]],
    ] as const) {
      const late = await send(world, body, path, demand);
      world.commands.advance(50);
      const seen = await late.answer;
      expect(seen.status).toBe(424);
      expect(seen.body).toEqual({
        error:
          "UNCONFIRMED the request has run and what it wrote is durable in region us-east, but 0 of 2 other regions confirmed it within 50 ms: it stays and goes out to them, do not repeat it",
        answer,
      });
      expect(confirmed(seen)).toEqual(["unmet", "0", ""]);
    }
    // A command's own error says more.
    await world.post('["SET","s","x"]');
    const failed = await world.post('["INCR","s"]', "/", demand);
    expect([failed.status, failed.body]).toEqual([400, { error: "ERR value is not an integer or out of range" }]);
    const met = await send(world, '["INCR","n"]', "/", demand);
    acknowledge(world, "eu-west");
    acknowledge(world, "ap-south");
    expect((await met.answer).status).toBe(200);
  });

  it("WC4: what can never be met, and what is malformed, is refused before anything runs", async () => {
    const world = await start();
    const refused: readonly (readonly [Record<string, string>, string])[] = [
      [concern("3"), "ERR x-antipode-write-concern asks for 3 other regions, there are 2"],
      [concern("most"), "ERR x-antipode-write-concern wants a number of other regions, majority or all"],
      [concern("-1"), "ERR x-antipode-write-concern wants a number of other regions, majority or all"],
      [concern("1", { "x-antipode-write-timeout": "0" }), "ERR x-antipode-write-timeout wants 1 to 60000 milliseconds"],
      [
        concern("1", { "x-antipode-write-timeout": "1h" }),
        "ERR x-antipode-write-timeout wants 1 to 60000 milliseconds",
      ],
      [concern("1", { "x-antipode-write-policy": "maybe" }), "ERR x-antipode-write-policy is error or serve"],
    ];
    for (const [headers, error] of refused) {
      expect(await world.post('["INCR","n"]', "/", headers)).toMatchObject({ status: 400, body: { error } });
    }
    expect((await world.fetch("/get/n")).body).toEqual({ result: null });
    const reader = await world.post('["SET","k","v"]', "/", concern("1"), READER);
    expect(reader.status).toBe(400);
  });

  it("a repeat with its idempotency key gets the same answer and the same head, and is not run again", async () => {
    const world = await start();
    const headers = concern("1", { "idempotency-key": "one" });
    const first = await send(world, '["INCR","n"]', "/", headers);
    const second = world.post('["INCR","n"]', "/", headers);
    acknowledge(world, "eu-west");
    const seen = [await first.answer, await second, await world.post('["INCR","n"]', "/", headers)];
    for (const one of seen) expect([one.body, ...confirmed(one)]).toEqual([{ result: 1 }, "met", "1", "eu-west"]);
    expect(seen[2]!.headers.get("x-antipode-idempotent-replay")).toBe("1");
    expect((await world.fetch("/get/n")).body).toEqual({ result: "1" });
  });

  it("a client that goes away is waited for no longer; a server that drains answers what there is", async () => {
    const world = await start();
    const controller = new AbortController();
    const gone = world
      .fetch("/set/k/v", { headers: concern("all"), signal: controller.signal })
      .catch((error: unknown) => (error as Error).name);
    await waitFor("the write", () => world.commands.engine.keyspace.lastSequence === 1);
    controller.abort();
    expect(await gone).toBe("AbortError");
    const waits = await send(world, '["SET","k","v"]', "/", concern("all"));
    acknowledge(world, "eu-west");
    const drained = world.server.drain(300);
    expect(confirmed(await waits.answer)).toEqual(["unmet", "1", "eu-west"]);
    await drained;
  });
});
