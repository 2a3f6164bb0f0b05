import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CRASH_POINTS, type CrashPoint } from "../../../src/base/crash-points.ts";
import { Ledger } from "../../support/ledger.ts";
import { hostPort, Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

/** Segments turn over quickly, and old ones go. */
const SMALL_LOG = ["--segment-bytes", "64kb", "--log-budget", "256kb", "--log-level", "warn"];
const VALUE_BYTES = 1_000;

const scratch = new Scratch();
const ledgers: Ledger[] = [];
const incarnations: string[] = [];
let regions: RegionSet;
let lastPoint = "nothing yet";

beforeAll(async () => {
  regions = await RegionSet.create(scratch, ["a", "b", "c"], SMALL_LOG);
  await Promise.all([regions.start("b"), regions.start("c")]);
});
afterAll(async () => {
  await regions.end();
  scratch.clean();
});

function once(name: string): Redis {
  const client = new Redis({
    ...hostPort(regions.address(name, "resp")),
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", () => {});
  return client;
}

/** Clients write to `a` and `b` until `a` has died; `a` is asked for checkpoints. */
async function loadUntilDead(point: CrashPoint): Promise<void> {
  const [a, b] = [once("a"), once("b")];
  const [toA, toB] = [new Ledger(`${point}:a`), new Ledger(`${point}:b`)];
  ledgers.push(toA, toB);
  const isOver = (): boolean => !regions.isRunning("a");
  const saving = setInterval(() => void a.bgsave().catch(() => {}), 50);
  await Promise.all([toA.load(a, 6, isOver, VALUE_BYTES), toB.load(b, 2, isOver, VALUE_BYTES)]);
  clearInterval(saving);
  a.disconnect();
  b.disconnect();
}

/** Starts `a`, which has died at the point before, and looks whether that has cost anything. */
async function startAndJudge(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  await regions.start("a", { environment });
  const { incarnation } = await regions.status("a");
  expect(incarnations).not.toContain(incarnation);
  incarnations.push(incarnation);
  await regions.converged();
  // All show the same: one of them tells for all.
  await compare(regions.names[incarnations.length % regions.names.length]!, ledgers.slice(-2));
}

async function compare(name: string, judged: readonly Ledger[]): Promise<void> {
  const client = once(name);
  for (const ledger of judged) expect(await ledger.faults(client), `after the crash at ${lastPoint}`).toEqual([]);
  client.disconnect();
}

/** What has to be done to pass a point, where a start under load does not. */
function wayTo(point: CrashPoint): "load" | "start" | "snapshot" | "stop" {
  if (point.startsWith("snapshot-")) return "snapshot";
  if (point.startsWith("stop-")) return "stop";
  return point.startsWith("identity-") || point === "log-opened" || point === "engine-opened" ? "start" : "load";
}

/** At which passing: late enough to have something to lose. */
const PASSAGES: Partial<Readonly<Record<CrashPoint, number>>> = {
  "batch-appended": 300,
  "group-before-write": 50,
  "group-torn": 40,
  "group-written": 60,
  "group-durable": 30,
  "reply-before-send": 70,
  "reply-sent": 90,
  "batches-before-send": 40,
  "batches-sent": 60,
  "peer-batch-applied": 200,
  "report-before-send": 30,
  "report-sent": 40,
  "checkpoint-committing": 3,
  "segment-named": 3,
};

describe("a region that dies at the worst moment", () => {
  it.each(CRASH_POINTS)(
    "%s: what died at the point before has lost nothing acknowledged, shows nothing half, issues no dot twice; then it dies at this one",
    async (point) => {
      const way = wayTo(point);
      const arm = `${point}:${PASSAGES[point] ?? 1}`;
      if (way === "load" || way === "stop") {
        await startAndJudge({ ANTIPODE_TEST_CRASH_AT: `${arm}@SIGUSR2` });
        regions.node("a").signal("SIGUSR2");
        const load = loadUntilDead(point);
        if (way === "stop") regions.node("a").signal("SIGTERM");
        await Promise.race([load, waitFor("the crash", () => !regions.isRunning("a"), 30_000)]);
        await load;
        expect(await regions.node("a").ended, "killed, and not stopped").toBeNull();
      } else {
        if (way === "snapshot") {
          // Its disk is gone: what it had, the others have.
          await startAndJudge();
          await regions.stop("a");
          regions.destroy("a");
        }
        const environment = { ANTIPODE_TEST_CRASH_AT: arm };
        await expect(regions.start("a", { environment }), "it dies before it is ready").rejects.toThrow(
          /did not start/u,
        );
      }
      lastPoint = point;
    },
    60_000,
  );

  it("all of it is still there at the end, and is enough to mean something", async () => {
    await startAndJudge();
    await compare("c", ledgers);
    const count = (fate: "acknowledged" | "unknown"): number => ledgers.reduce((sum, one) => sum + one.count(fate), 0);
    expect(count("acknowledged")).toBeGreaterThan(1_000);
    expect(count("unknown")).toBeGreaterThan(20);
  });
});
