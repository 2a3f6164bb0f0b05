import { afterEach, describe, expect, it } from "vitest";
import { Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const scratch = new Scratch();
let regions: RegionSet;

afterEach(async () => {
  await regions.end();
  scratch.clean();
});

describe("a command that runs for as long as it may", () => {
  it("costs no link: a script that never ends is ended, and meanwhile its peers have waited", async () => {
    regions = await RegionSet.create(scratch, ["east", "west"]);
    await regions.startAll();
    const [east, west] = [regions.client("east"), regions.client("west")];
    await east.set("before", "1");
    await regions.converged();
    const startedMs = performance.now();
    const script = east.eval("while true do end", 0).catch((error: unknown) => (error as Error).message);
    let written = 0;
    while (performance.now() - startedMs < 3_000) await west.set("meanwhile", String(++written));
    expect(await script).toMatch(/ended by the server: it ran for more than 5000 ms/u);
    expect(performance.now() - startedMs).toBeGreaterThan(4_500);
    await waitFor("what was written meanwhile", async () => (await east.get("meanwhile")) === String(written));
    await regions.converged();
    for (const name of regions.names) expect(await regions.metric(name, "antipode_link_ends_total")).toBe(0);
  });
});
