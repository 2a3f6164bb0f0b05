import { afterEach, describe, expect, it } from "vitest";
import { RegionSet } from "../../support/region-set.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let set: RegionSet | null = null;
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

describe("a directory that is not what it was", () => {
  it("an old copy put back fetches its own later writes from peers before it serves, and issues no dot twice", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "ap"]);
    const regions = set;
    await regions.startAll();
    const before = regions.client("us");
    await before.set("k", "early");
    await regions.stop("us");
    regions.copyDirectory("us", "us-copy");
    for (let start = 0; start < 3; start++) {
      await regions.start("us");
      await before.set("k", `late ${start}`);
      await before.incr("counter");
      await regions.converged();
      await regions.stop("us");
    }
    regions.putBack("us", "us-copy");
    await regions.start("us");
    // Ready at the first word means: with what was once its own.
    const client = regions.client("us");
    expect(await client.get("k")).toBe("late 2");
    expect(await client.incr("counter")).toBe(4);
    await regions.converged();
    expect(await regions.client("eu").get("counter")).toBe("4");
  }, 60_000);

  it("restarted while its peers are down it serves at once", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"]);
    const regions = set;
    await regions.startAll();
    await regions.client("us").set("k", "v");
    await regions.converged();
    await regions.kill("eu");
    await regions.kill("us");
    await regions.start("us");
    expect(await regions.client("us").get("k")).toBe("v");
  }, 30_000);

  it("two nodes under one name: the older one refuses clients and says why, the newer goes on, nothing is lost", async () => {
    set = await RegionSet.create(scratch, ["us", "eu", "twin"]);
    const regions = set;
    await regions.start("us", { peers: ["eu"] });
    await regions.start("eu", { peers: ["us"] });
    const older = regions.client("us");
    await older.set("k", "v");
    await regions.converged(["us", "eu"]);
    await regions.stop("us");
    regions.copyDirectory("us", "twin");
    await regions.start("us", { peers: ["eu"] });
    await older.set("mine", "1");
    await regions.converged(["us", "eu"]);
    // A copy of its directory is started elsewhere under its name.
    await regions.start("twin", { peers: ["eu"], args: ["--region", "us"] });
    await waitFor("the older one to refuse", async () => (await regions.status("us")).state === "superseded", 60_000);
    await expect(older.get("k")).rejects.toThrow("A newer node runs under this region's name");
    expect(await regions.client("twin").get("mine")).toBe("1");
    await regions.client("twin").set("twin", "1");
    // Peers dial the address they were given: the newer one moves there, and its writes reach them.
    await Promise.all([regions.stop("us"), regions.stop("twin")]);
    regions.putBack("us", "twin");
    await regions.start("us", { peers: ["eu"] });
    await regions.converged(["us", "eu"]);
    expect(await regions.client("eu").mget("k", "mine", "twin")).toEqual(["v", "1", "1"]);
  }, 90_000);
});
