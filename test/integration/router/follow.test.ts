import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ChildProgram } from "../../../chaos/world/child-program.ts";
import type { RouterReady } from "../../../chaos/world/start-world.ts";
import { PROGRAM, runProgram, Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const scratch = new Scratch();
let set: RegionSet | null = null;
let router: ChildProgram<RouterReady> | null = null;

afterEach(async () => {
  await router?.kill();
  await set?.end();
  scratch.clean();
});

const PLACES: Readonly<Record<string, string>> = { us: "38.9,-77.0", eu: "50.1,8.7", ap: "1.3,103.8" };

interface Listed {
  readonly name: string;
  readonly rest: string | null;
  readonly resp: string | null;
  readonly latitude: number | null;
  readonly available: boolean;
}

const announced = (regions: RegionSet, name: string): readonly string[] => [
  "--public-rest",
  `http://${regions.address(name, "rest")}`,
  "--public-resp",
  `redis://${regions.address(name, "resp")}`,
  "--location",
  PLACES[name]!,
];

function startRouter(args: readonly string[]): Promise<ChildProgram<RouterReady>> {
  const doors = ["router", "--http", "127.0.0.1:0", "--resp", "127.0.0.1:0"];
  return ChildProgram.start<RouterReady>("router", PROGRAM, [...doors, ...args], {}, 20_000);
}

async function listed(): Promise<readonly Listed[]> {
  const reply = await fetch(`http://${router!.ready.http}/regions`);
  return ((await reply.json()) as { readonly regions: readonly Listed[] }).regions;
}

async function serving(): Promise<string> {
  const regions = await listed();
  return regions
    .filter(({ available }) => available)
    .map(({ name }) => name)
    .toSorted()
    .join();
}

describe("a router that follows its regions", () => {
  test("learns all of them from one, takes up a region that is added and drops one that is removed, within seconds", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"]);
    const regions = set;
    await regions.start("us", { peers: ["eu"], args: announced(regions, "us") });
    await regions.start("eu", { peers: ["us"], args: announced(regions, "eu") });
    router = await startRouter(["--seed", `http://${regions.address("us", "rest")}`]);
    await waitFor("both regions", async () => (await serving()) === "eu,us", 10_000);
    expect((await listed()).find(({ name }) => name === "eu")).toMatchObject({
      rest: `http://${regions.address("eu", "rest")}`,
      resp: `redis://${regions.address("eu", "resp")}`,
      latitude: 50.1,
    });

    const starting = regions.start("ap", { peers: ["us"], args: announced(regions, "ap") });
    const gossip = `ws://${regions.address("ap", "gossip")}`;
    const at = ["--admin", regions.address("us", "admin")];
    await waitFor("the process listens", async () => {
      const reply = await fetch(`http://${regions.address("ap", "admin")}/livez`).catch(() => null);
      return reply?.ok === true;
    });
    expect((await runProgram(["admin", "add", "--region", "ap", "--url", gossip, ...at])).code).toBe(0);
    await starting;
    await waitFor("the third", async () => (await serving()) === "ap,eu,us", 6000);

    // The seed itself leaves: what it told of is asked from now on.
    expect(
      (await runProgram(["admin", "remove", "--region", "us", "--admin", regions.address("eu", "admin")])).code,
    ).toBe(0);
    await waitFor("the first to go", async () => !(await listed()).some(({ name }) => name === "us"), 6000);
    await regions.stop("us");
    expect(await serving()).toBe("ap,eu");
    const reply = await fetch(`http://${router.ready.http}/set/k/v`, { headers: { authorization: "Bearer t0ken" } });
    expect(await reply.json()).toEqual({ result: "OK" });
  });

  test("SIGHUP reads the file again: regions come and go, a bad file changes nothing", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"]);
    const regions = set;
    await regions.startAll();
    const file = join(scratch.directory(), "router.json");
    const region = (name: string): string => `${name}=http://${regions.address(name, "rest")}`;
    const write = (content: unknown): void => writeFileSync(file, JSON.stringify(content));
    write({ region: [region("us")] });
    const doors = ["router", "--http", "127.0.0.1:0", "--config", file];
    router = await ChildProgram.start<RouterReady>("router", PROGRAM, doors, {}, 20_000);
    await waitFor("one region", async () => (await serving()) === "us");
    write({ region: [region("us"), region("eu")] });
    router.signal("SIGHUP");
    await waitFor("two regions", async () => (await serving()) === "eu,us");
    write({ region: ["nonsense"] });
    router.signal("SIGHUP");
    write({ region: [region("eu")] });
    router.signal("SIGHUP");
    await waitFor("the other", async () => (await serving()) === "eu");
    expect(router.running).toBe(true);
    expect(await router.stop(5000)).toBe(0);
  });
});
