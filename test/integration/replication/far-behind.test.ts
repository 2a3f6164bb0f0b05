import { afterEach, describe, expect, it } from "vitest";
import { RegionSet } from "../../support/region-set.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const SMALL_LOG = ["--segment-bytes", "128kb", "--log-budget", "512kb", "--log-level", "info"];

const scratch = new Scratch();
let set: RegionSet | null = null;
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

/** Writes until `done`; answers how often "counter" was incremented. */
async function traffic(regions: RegionSet, name: string, done: () => boolean): Promise<number> {
  const client = regions.client(name);
  const value = "x".repeat(500);
  let count = 0;
  while (!done()) {
    const pipeline = client.pipeline();
    for (let index = 0; index < 50; index++) pipeline.set(`${name}:${count}:${index}`, value);
    pipeline.incr("counter").hset("hash", `${name}:${count % 100}`, String(count));
    await pipeline.exec();
    count++;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return count;
}

describe("a region that comes back too late for the log", () => {
  it("hands over what it alone has, takes a snapshot under traffic, and is equal again", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"], SMALL_LOG);
    const regions = set;
    await regions.startAll();
    const ap = regions.client("ap");
    await ap.set("before", "1");
    await ap.hset("hash", "ap", "1");
    await regions.converged();
    // Its last writes never leave it: its peers are gone first.
    await Promise.all([regions.stop("us"), regions.stop("eu")]);
    await ap.set("alone", "only here");
    await ap.incrby("counter", 1_000);
    await regions.kill("ap");
    await Promise.all([regions.start("us", {}), regions.start("eu", {})]);
    let isOver = false;
    const writers = [traffic(regions, "us", () => isOver), traffic(regions, "eu", () => isOver)];
    await waitFor(
      "both logs to leave the region behind",
      async () => {
        const found = await Promise.all(["us", "eu"].map((name) => regions.status(name)));
        return found.every(({ log }) => log.firstLsn > 100);
      },
      60_000,
    );
    expect(await regions.metric("us", "antipode_log_forced_segments_total")).toBeGreaterThan(0);
    await regions.start("ap");
    await waitFor(
      "the snapshot to be installed",
      async () => (await regions.metric("ap", "antipode_snapshots_installed_total")) === 1,
      60_000,
    );
    isOver = true;
    const [us, eu] = await Promise.all(writers);
    await regions.converged();
    const client = regions.client("eu");
    expect(await client.get("alone")).toBe("only here");
    expect(await client.get("before")).toBe("1");
    expect(Number(await client.get("counter"))).toBe(1_000 + us! + eu!);
    expect(Number(await regions.client("ap").get("counter"))).toBe(1_000 + us! + eu!);
    // One copy was enough, and it is a member like any other: it serves, and its log is kept for others again.
    expect(await regions.metric("ap", "antipode_snapshots_installed_total")).toBe(1);
    await regions.client("ap").set("after", "1");
    await regions.converged();
    // What it holds now survives a restart of its own.
    await regions.kill("ap");
    await regions.start("ap");
    await regions.converged();
    expect(await regions.client("ap").get("alone")).toBe("only here");
    expect(regions.node("ap").stderr.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }, 120_000);

  it("a lost disk: the region comes back empty, takes a snapshot and serves after that", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"], SMALL_LOG);
    const regions = set;
    await regions.startAll();
    const ap = regions.client("ap");
    for (let index = 0; index < 200; index++) await ap.set(`ap:${index}`, "v");
    await regions.converged();
    await regions.kill("ap");
    regions.destroy("ap");
    let isOver = false;
    const writer = traffic(regions, "us", () => isOver);
    await waitFor("the log to be cut", async () => (await regions.status("us")).log.firstLsn > 300, 60_000);
    await waitFor("the log to be cut", async () => (await regions.status("eu")).log.firstLsn > 300, 60_000);
    // Ready at the first word means: with everything.
    await regions.start("ap");
    expect(await regions.client("ap").get("ap:199")).toBe("v");
    isOver = true;
    await writer;
    await regions.converged();
    expect(await regions.metric("ap", "antipode_snapshots_installed_total")).toBe(1);
  }, 120_000);
});

describe("the log's budget", () => {
  it("what nobody else takes is kept, and refuses writes when it fills the budget, until a peer takes it", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"], SMALL_LOG);
    const regions = set;
    await regions.startAll();
    await regions.converged();
    await regions.kill("eu");
    const client = regions.client("us");
    const value = "x".repeat(10_000);
    let acked = 0;
    let refusal = "";
    await waitFor(
      "a refusal",
      async () => {
        try {
          await client.set(`k${acked}`, value);
          acked++;
        } catch (error) {
          refusal = String(error);
        }
        return refusal !== "";
      },
      60_000,
    );
    expect(refusal).toMatch(/NOREPLICAS the log is full of writes that no majority of regions holds/u);
    expect(await regions.metric("us", "antipode_log_full")).toBe(1);
    expect(await client.get("k0")).toBe(value);
    await regions.start("eu");
    await waitFor(
      "writes to be taken again",
      async () => {
        try {
          return (await client.set("again", "1")) === "OK";
        } catch {
          return false;
        }
      },
      30_000,
    );
    await regions.converged();
    expect(await regions.client("eu").get(`k${acked - 1}`)).toBe(value);
    expect(await regions.metric("eu", "antipode_snapshots_installed_total")).toBe(0);
  }, 90_000);
});
