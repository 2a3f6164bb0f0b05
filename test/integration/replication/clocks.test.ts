import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { waitFor, Scratch } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const HOUR_MS = 3_600_000;
const scratch = new Scratch();
let regions: RegionSet;

afterEach(async () => {
  await regions.end();
  scratch.clean();
});

const outcome = (reply: Promise<unknown>): Promise<unknown> =>
  reply.catch((error: unknown) => (error as Error).message);

describe("a region whose clock is wrong", () => {
  it("CL2, CL3: is refused new writes and says so, reads, takes in and hands over, and writes again once its clock is right", async () => {
    regions = await RegionSet.create(scratch, ["east", "west", "north"]);
    const file = join(scratch.directory(), "clock");
    writeFileSync(file, "0");
    await Promise.all([
      regions.start("east", { environment: { ANTIPODE_TEST_CLOCK_FILE: file } }),
      regions.start("west"),
      regions.start("north"),
    ]);
    const [east, west] = [regions.client("east"), regions.client("west")];
    await east.set("before", "1");
    await regions.converged();

    writeFileSync(file, String(HOUR_MS));
    // What it takes before it notices is a write like any other.
    let last = 0;
    let refusal: unknown = "OK";
    await waitFor("the refusal", async () => {
      refusal = await outcome(east.set("n", String(last + 1)));
      if (refusal === "OK") last++;
      return refusal !== "OK";
    });
    expect(refusal).toMatch(/^MISCONF this region's clock is 3\d{3} s ahead .* use another region\. Allowed: 60 s/u);
    for (const write of [
      east.del("before"),
      east.multi().set("x", "1").exec(),
      east.eval("return redis.call('incr','x')", 0),
    ]) {
      expect(await outcome(write)).toMatch(/MISCONF|EXECABORT/u);
    }
    expect(await regions.metric("east", "antipode_clock_far_ahead")).toBe(1);
    expect(await regions.metric("east", "antipode_writes_refused")).toBe(1);
    expect(Math.round((await regions.metric("east", "antipode_clock_ahead_seconds")) / 10)).toBe(360);
    expect(await regions.metric("west", "antipode_clock_far_ahead"), "two of three are right").toBe(0);

    await west.set("meanwhile", "taken in");
    await west.set("short", "v", "EX", 1000);
    await waitFor("the peer's write", async () => (await east.get("meanwhile")) === "taken in");
    expect(await east.get("short"), "expiry is by the wall clock of who looks").toBeNull();
    await waitFor("its writes at the others", async () => last === 0 || (await west.get("n")) === String(last));
    expect(await west.ttl("short"), "and no stamp from the future ends a key").toBeGreaterThan(900);
    await west.set("n", "follows");
    await waitFor("what follows wins", async () => (await east.get("n")) === "follows");

    writeFileSync(file, "0");
    await waitFor("writes again", async () => (await outcome(east.set("after", "1"))) === "OK");
    expect(await east.get("short")).toBe("v");
    await regions.converged();
  });

  it("CL2: knows it from its start on, and alone it is not refused", async () => {
    regions = await RegionSet.create(scratch, ["east", "west"]);
    await regions.startAll();
    const west = regions.client("west");
    await west.set("k", "1");
    await regions.converged();
    await regions.stop("east");
    await regions.start("east", { environment: { ANTIPODE_TEST_CLOCK_OFFSET_MS: String(HOUR_MS) } });
    const east = regions.client("east");
    expect(await outcome(east.set("k", "2")), "its first write").toMatch(/^MISCONF/u);
    expect(await outcome(west.set("k", "3")), "the one behind goes on").toBe("OK");
    await regions.stop("west");
    await regions.stop("east");
    await regions.start("east", { environment: { ANTIPODE_TEST_CLOCK_OFFSET_MS: String(HOUR_MS) } });
    expect(await outcome(regions.client("east").set("k", "4"))).toBe("OK");
  });
});
