import { afterEach, describe, expect, it } from "vitest";
import type { Redis } from "ioredis";
import { RegionSet } from "../../support/region-set.ts";
import { Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let set: RegionSet | null = null;
afterEach(async () => {
  await set?.end();
  scratch.clean();
});

const SEGMENT_BYTES = 65_536;
/** Gauges that are nothing when everything has come to rest. */
const NOTHING = [
  "antipode_markers",
  "antipode_marker_bytes",
  "antipode_unstable_items",
  "antipode_unstable_bytes",
  "antipode_passed_deadlines",
  "antipode_held_batches",
  "antipode_held_bytes",
  "antipode_link_unsent_bytes",
  "antipode_replication_behind_batches",
  "antipode_peer_needs_snapshot",
  "antipode_snapshots_outgoing",
  "antipode_fence_spent_ratio",
  "antipode_conflicted_keys",
  "antipode_dirty_keys",
] as const;

/** Something of every type, of what waits for stability before it is forgotten. */
async function writeAll(client: Redis, from: string, round: number): Promise<void> {
  const name = `${from}:${round % 20}`;
  await client
    .pipeline()
    .set(`string:${name}`, "v".repeat(500), "PX", 1_500)
    .incr("counter")
    .hincrby("hash", `n${round % 5}`, 1)
    .hset(`hash:${name}`, "f", String(round))
    .pexpire(`hash:${name}`, 1_500)
    .sadd(`set:${name}`, String(round))
    .zincrby("zset", 1, `m${round % 5}`)
    .lpush("list", String(round))
    .ltrim("list", 0, 20)
    .call("XADD", "stream", "MAXLEN", "20", "*", "f", "v")
    .pfadd("sketch", String(round))
    .set(`sess:${name}`, "saved")
    .del(`sess:${name}`)
    .exec();
}

describe("after everything has come to rest", () => {
  it("BL1, V2: nothing is left of what was kept for a member that was away, however often the others were started", async () => {
    const args = ["--segment-bytes", String(SEGMENT_BYTES), "--log-budget", "64mb", "--clock-skew-max-ms", "1000"];
    set = await RegionSet.create(scratch, ["us", "eu", "ap"], args);
    const regions = set;
    await regions.startAll();
    await writeAll(regions.client("ap"), "ap", 0);
    await regions.converged();
    await regions.stop("ap");
    for (let start = 0; start < 3; start++) {
      const clients = ["us", "eu"].map((name) => regions.client(name));
      for (let round = 0; round < 60; round++) {
        await Promise.all(clients.map((client, index) => writeAll(client, ["us", "eu"][index]!, round)));
      }
      await regions.stop("eu");
      await regions.start("eu");
    }
    await regions.client("eu").incr("counter");
    // Kept for the one that is away, that is what it is for.
    expect(await regions.metric("us", "antipode_markers")).toBeGreaterThan(20);
    expect(await regions.metric("us", "antipode_unstable_bytes")).toBeGreaterThan(10_000);
    expect(await regions.metric("us", "antipode_log_bytes")).toBeGreaterThan(2 * SEGMENT_BYTES);
    expect(await regions.metric("us", "antipode_named_origins")).toBeGreaterThanOrEqual(5);
    const passed = async (): Promise<boolean> => (await regions.metric("us", "antipode_passed_deadlines")) > 10;
    await waitFor("passed deadlines to be counted", passed, 40_000);

    await regions.start("ap");
    await regions.converged();
    for (const name of regions.names) {
      let left: Record<string, number> = {};
      await waitFor(
        `${name} to come to rest`,
        async () => {
          const values = await Promise.all(NOTHING.map((metric) => regions.metric(name, metric)));
          left = Object.fromEntries(
            NOTHING.map((metric, index) => [metric, values[index]!] as const).filter(([, value]) => value > 0),
          );
          const logBytes = await regions.metric(name, "antipode_log_bytes");
          const named = await regions.metric(name, "antipode_named_origins");
          if (logBytes > 2 * SEGMENT_BYTES) left["antipode_log_bytes"] = logBytes;
          if (named > 3) left["antipode_named_origins"] = named;
          return Object.keys(left).length === 0;
        },
        60_000,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(left)}`);
      });
    }
    await regions.converged();
    expect(Number(await regions.client("ap").get("counter"))).toBe(1 + 3 * 60 * 2 + 1);
  }, 200_000);
});
