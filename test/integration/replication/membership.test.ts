import { once } from "node:events";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { RegionSet } from "../../support/region-set.ts";
import { hostPort, runProgram, Scratch, waitFor, type Ended } from "../../support/processes.ts";

const scratch = new Scratch();
let set: RegionSet | null = null;
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

interface Shown {
  readonly region: string;
  readonly state: string;
  readonly isGone: boolean;
}

const admin = (regions: RegionSet, at: string, ...words: string[]): Promise<Ended> =>
  runProgram(["admin", ...words, "--admin", regions.address(at, "admin")]);

const stateOf = async (regions: RegionSet, at: string, of: string): Promise<Shown | undefined> =>
  ((await regions.admin(at, "/members")) as Shown[]).find(({ region }) => region === of);

/** Increments a counter until `done`; answers how many were acknowledged. A refusal ends it. */
async function count(regions: RegionSet, name: string, done: () => boolean): Promise<number> {
  const client = regions.client(name);
  let acked = 0;
  while (!done()) {
    try {
      await client.incr("counter");
      acked++;
    } catch {
      return acked;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return acked;
}

describe("members, while clients write", () => {
  it("a region is added, without a restart of the others, and another one leaves in order", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"]);
    const regions = set;
    await regions.start("us", { peers: ["eu"] });
    await regions.start("eu", { peers: ["us"] });
    await regions.client("us").set("before", "1");
    let isOver = false;
    const writers = ["us", "eu"].map((name) => count(regions, name, () => isOver));
    // The new one is told of one region alone, and waits: nobody knows of it yet.
    const starting = regions.start("ap", { peers: ["us"], args: ["--join-timeout-ms", "500"] });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const added = await admin(
      regions,
      "us",
      "add",
      "--region",
      "ap",
      "--url",
      `ws://${regions.address("ap", "gossip")}`,
    );
    expect([added.stderr, added.code]).toEqual(["", 0]);
    expect(added.stdout).toMatch(/ap +learner/u);
    await starting;
    expect((await stateOf(regions, "ap", "ap"))!.state).toBe("member");
    expect(await regions.client("ap").get("before")).toBe("1");
    await waitFor("ap and eu to talk", async () =>
      (await regions.status("eu")).peers.some(({ peer, connected }) => peer === "ap" && connected),
    );
    writers.push(count(regions, "ap", () => isOver));
    await new Promise((resolve) => setTimeout(resolve, 1_000));

    const removed = await admin(regions, "us", "remove", "--region", "eu");
    expect([removed.stderr, removed.code]).toEqual(["", 0]);
    await waitFor("eu to be gone", async () => (await stateOf(regions, "ap", "eu"))!.isGone, 30_000);
    isOver = true;
    const acked = await Promise.all(writers);
    expect(acked[1]).toBeGreaterThan(10);
    await expect(regions.client("eu").get("before")).rejects.toThrow("This region has left the database");
    // It is still refused while it drains: nobody would take what it acknowledged.
    const gone = new Redis({
      ...hostPort(regions.address("eu", "resp")),
      retryStrategy: () => null,
      enableReadyCheck: false,
    });
    gone.on("error", () => {});
    await once(gone, "ready");
    const attempts = Array.from({ length: 200 }, (_, index) => gone.set(`late${index}`, "1"));
    const stopping = regions.stop("eu");
    for (let index = 0; index < 200; index++) attempts.push(gone.set(`later${index}`, "1"));
    expect((await Promise.allSettled(attempts)).filter(({ status }) => status === "fulfilled")).toEqual([]);
    await stopping;
    gone.disconnect();
    await regions.converged(["us", "ap"]);
    expect(Number(await regions.client("ap").get("counter"))).toBe(acked.reduce((sum, one) => sum + one, 0));
    expect((await admin(regions, "us", "add", "--region", "eu", "--url", "ws://x:1")).stderr).toContain(
      "its name is not used again",
    );
    // A restart knows the members without being told.
    await regions.stop("us");
    await regions.start("us", { peers: ["eu"] });
    await regions.client("ap").set("after", "1");
    await regions.converged(["us", "ap"]);
  }, 90_000);

  it("a dead region is evicted; when it returns it is refused, serves nobody, and what it alone had is exported", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"]);
    const regions = set;
    await regions.startAll();
    const ap = regions.client("ap");
    await ap.set("shared", "1");
    await regions.converged();
    await Promise.all([regions.stop("us"), regions.stop("eu")]);
    await ap.set("undelivered", "secret");
    await regions.kill("ap");
    await Promise.all([regions.start("us"), regions.start("eu")]);
    let isOver = false;
    const writers = ["us", "eu"].map((name) => count(regions, name, () => isOver));
    expect((await admin(regions, "ap", "evict", "--region", "ap")).stderr).toContain("does not answer");
    const evicted = await admin(regions, "us", "evict", "--region", "ap");
    expect([evicted.stderr, evicted.code]).toEqual(["", 0]);
    await waitFor("both to agree", async () => {
      const found = await Promise.all(["us", "eu"].map((name) => stateOf(regions, name, "ap")));
      return found.every((member) => member!.isGone);
    });
    expect((await admin(regions, "eu", "members")).stdout).toMatch(/ap +evicted +gone/u);
    // It does not know, and comes back.
    const returning = expect(regions.start("ap", { withinMs: 8_000 })).rejects.toThrow("did not start");
    await waitFor(
      "it to be told",
      async () => {
        try {
          return (await regions.status("ap")).state === "left";
        } catch {
          return false;
        }
      },
      30_000,
    );
    await expect(ap.get("shared")).rejects.toThrow("This region has left the database");
    // It never becomes ready, and is ended for that.
    await returning;
    const exported = await runProgram([
      "admin",
      "export-undelivered",
      "--data",
      regions.directory("ap"),
      "--admin",
      regions.address("us", "admin"),
    ]);
    expect([exported.code, exported.stderr.split("\n")[0]]).toEqual([
      0,
      '1 batches of region "ap" were never taken by another',
    ]);
    const lines = exported.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { operations: unknown });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines[0])).toContain("undelivered");
    isOver = true;
    const [us, eu] = await Promise.all(writers);
    await regions.converged(["us", "eu"]);
    expect(Number(await regions.client("eu").get("counter"))).toBe(us! + eu!);
    expect(await regions.client("eu").get("undelivered")).toBeNull();
    expect(await regions.client("eu").get("shared")).toBe("1");
  }, 90_000);

  it("a silent member is put out by budget (FN1): what was kept for it goes, it is refused when it returns, and what it alone had is exported", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"]);
    const regions = set;
    await regions.startAll();
    const ap = regions.client("ap");
    await ap.set("sess:1", "saved");
    await regions.converged();
    await Promise.all([regions.stop("us"), regions.stop("eu")]);
    // It saves what the others are about to end, and has not observed that.
    await ap.set("sess:1", "saved again");
    await ap.set("undelivered", "secret");
    await regions.kill("ap");
    // Started anew, they have not heard it: that it was a member they know from what it wrote.
    const args = ["--fence-after-ms", "6000"];
    await Promise.all([regions.start("us", { args }), regions.start("eu", { args })]);
    await regions.client("us").del("sess:1");
    await regions.client("eu").incr("counter");
    expect(await regions.metric("us", "antipode_markers")).toBe(1);
    await waitFor(
      "both to have put it out",
      async () => {
        const found = await Promise.all(["us", "eu"].map((name) => stateOf(regions, name, "ap")));
        return found.every((member) => member!.state === "evicted" && member!.isGone);
      },
      60_000,
    );
    const fenced = await Promise.all(["us", "eu"].map((name) => regions.metric(name, "antipode_members_fenced_total")));
    expect(fenced[0]! + fenced[1]!).toBeGreaterThanOrEqual(1);
    for (const name of ["antipode_markers", "antipode_unstable_items", "antipode_unstable_bytes"]) {
      await waitFor(`${name} to be 0`, async () => (await regions.metric("us", name)) === 0, 30_000);
    }
    const returning = expect(regions.start("ap", { withinMs: 8_000 })).rejects.toThrow("did not start");
    await waitFor(
      "it to be told",
      async () => {
        try {
          return (await regions.status("ap")).state === "left";
        } catch {
          return false;
        }
      },
      30_000,
    );
    await returning;
    for (const name of ["us", "eu"]) {
      expect(await regions.client(name).mget("sess:1", "undelivered")).toEqual([null, null]);
    }
    const from = ["--data", regions.directory("ap"), "--admin", regions.address("us", "admin")];
    const exported = await runProgram(["admin", "export-undelivered", ...from]);
    expect([exported.code, exported.stderr.split("\n")[0]]).toEqual([
      0,
      '2 batches of region "ap" were never taken by another',
    ]);
    expect(exported.stdout).toContain("saved again");
    expect(exported.stdout).toContain("secret");
    await regions.converged(["us", "eu"]);
  }, 150_000);
});
