import { afterAll, beforeAll, expect, test } from "vitest";
import { FAULTS, measureGap } from "../../../chaos/bench/router/gaps.ts";
import { openLinks } from "../../../chaos/links/open-links.ts";
import { World } from "../../../chaos/world/start-world.ts";
import { PROGRAM, Scratch } from "../../support/processes.ts";

/** An outage costs a client this at most, and what a busy machine adds. */
const OUTAGE_MS = 2000;
const SLACK_MS = 1000;

const scratch = new Scratch();
let world: World;

beforeAll(async () => {
  world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west", "ap-southeast"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: await openLinks({
      choice: "auto",
      projectDirs: [process.cwd()],
      mayBuild: false,
      seed: 1,
      onNote: () => {},
    }),
    startTimeoutMs: 30_000,
    nodeArgs: ["--log-level", "warn", "--segment-bytes", "4mb"],
    faults: true,
  });
});
afterAll(async () => {
  await world.stop();
  scratch.clean();
});

test.each(FAULTS)("clients of the router notice an outage for two seconds at most: %s", async (fault) => {
  for (const { door, gapMs, errors, acknowledged } of await measureGap(world, fault)) {
    expect(gapMs, door).toBeLessThanOrEqual(OUTAGE_MS + SLACK_MS);
    expect(acknowledged, door).toBeGreaterThan(20);
    // A planned restart moves requests before they are sent; a connection of the Redis protocol ends, and is opened again.
    if (fault === "restart" && door === "http") expect(errors).toBe(0);
  }
});
