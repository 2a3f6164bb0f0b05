import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { Ledger } from "../../support/ledger.ts";
import { hostPort, Scratch } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const ROUNDS = Number(process.env["ANTIPODE_KILL_ROUNDS"] ?? 4);
const SEED = Number(process.env["ANTIPODE_KILL_SEED"] ?? 1);

const scratch = new Scratch();
let regions: RegionSet | null = null;
afterAll(async () => {
  await regions?.end();
  scratch.clean();
});

describe("kill -9 at any moment", () => {
  it(
    `${ROUNDS} rounds with one or two of three regions killed under load: nothing acknowledged is lost, all end equal (seed ${SEED})`,
    async () => {
      const random = seededRandom(SEED);
      const set = await RegionSet.create(
        scratch,
        ["a", "b", "c"],
        ["--segment-bytes", "64kb", "--log-budget", "256kb", "--log-level", "warn"],
      );
      regions = set;
      await set.startAll();
      const ledgers: Ledger[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const victims = set.names.filter(() => random.below(2) === 0).slice(0, 2);
        let isOver = false;
        const loads = set.names.map(async (name) => {
          const client = new Redis({
            ...hostPort(set.address(name, "resp")),
            maxRetriesPerRequest: 0,
            retryStrategy: () => null,
          });
          client.on("error", () => {});
          const ledger = new Ledger(`${round}:${name}`);
          ledgers.push(ledger);
          await ledger.load(client, 4, () => isOver || !set.isRunning(name), 1_000);
          client.disconnect();
        });
        await sleep(200 + random.below(500));
        for (const name of victims) {
          await sleep(random.below(100));
          set.node(name).signal("SIGKILL");
        }
        await sleep(100 + random.below(200));
        isOver = true;
        await Promise.all(loads);
        await Promise.all(
          victims.map(async (name) => {
            await set.node(name).ended;
            await set.start(name);
          }),
        );
        await set.converged();
        const client = set.client(set.names[round % 3]!);
        for (const ledger of ledgers.slice(-3))
          expect(await ledger.faults(client), `round ${round}, killed ${victims.join()}`).toEqual([]);
      }
      for (const ledger of ledgers) expect(await ledger.faults(set.client("b"))).toEqual([]);
      expect(ledgers.reduce((sum, ledger) => sum + ledger.count("acknowledged"), 0)).toBeGreaterThan(25 * ROUNDS);
    },
    60_000 + ROUNDS * 30_000,
  );
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
