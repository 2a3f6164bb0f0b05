import { afterAll, describe, expect, it } from "vitest";
import { onPath } from "../../../chaos/bench/redis-peer.ts";
import { runRedisFailover, type RedisOutage } from "../../../chaos/compare/redis-failover.ts";
import { BuiltInLinks } from "../../../chaos/links/built-in-links.ts";
import { judge, type Judgement } from "../../../chaos/report/judge.ts";
import { Scratch } from "../../support/processes.ts";

const binary = onPath("redis-server");
const scratch = new Scratch();
afterAll(() => scratch.clean());

const DURATION_S = 6;

async function run(outage: RedisOutage): Promise<Judgement> {
  const outDir = scratch.directory();
  const links = new BuiltInLinks(1);
  return judge(
    await runRedisFailover({ outage, binary: binary!, version: "test", links, durationS: DURATION_S, outDir }),
  );
}

describe.skipIf(binary === null)("a Redis primary with one asynchronous replica, before the same judge", () => {
  it("loses at most what was not yet on its way when the primary's process dies", async () => {
    const { figures } = (await run("dies")).measured;
    expect(figures["writes.acked"]).toBeGreaterThan(200);
    // What the process had sent arrives without it: a few writes, or none.
    expect(figures["lost.returns.writes"]).toBe(figures["lost.never.writes"]);
    expect(figures["lost.never.writes"]).toBeLessThan(100);
    expect(figures["lost.never.windowMs"]).toBeLessThan(1_500);
  });

  it("loses all that the old primary acknowledged while its region was cut off", async () => {
    const judgement = await run("cut-off");
    const { figures } = judgement.measured;
    expect(judgement.verdict).toBe("red");
    // A hundred a second for two seconds, by those who stayed with it.
    expect(figures["lost.returns.writes"]).toBeGreaterThan(100);
    expect(figures["lost.returns.spanMs"]).toBeGreaterThan(1_000);
    expect(figures["divergence.keys"]).toBe(0);
  });
});
