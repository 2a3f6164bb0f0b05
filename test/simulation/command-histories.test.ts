import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/commands/command-table.ts";
import { runCampaign } from "../support/simulation/campaign.ts";
import { FAMILIES } from "../support/simulation/command-templates.ts";
import { profileOf } from "../support/simulation/profile.ts";
import { runHistory } from "../support/simulation/run-history.ts";
import { explain, runSeed } from "../support/simulation/seeds.ts";
import { Tally } from "../support/simulation/tally.ts";

import { FOUND_HISTORIES } from "./found-histories.ts";

const FIRST = Number(process.env["ANTIPODE_SIMULATION_FIRST"] ?? "1");
const SEEDS = Number(process.env["ANTIPODE_SIMULATION_SEEDS"] ?? "40");
const SEEDS_PER_BLOCK = 10;

async function run(seeds: readonly number[]): Promise<Tally> {
  const total = new Tally();
  for (const seed of seeds) {
    const ran = await runSeed(seed);
    total.addAll(ran.tally);
    if (ran.violation !== null) throw new Error(await explain(profileOf(seed), ran));
  }
  return total;
}

describe("whole regions, random commands of every family, every fault", () => {
  const blocks = Math.ceil(SEEDS / SEEDS_PER_BLOCK);
  it.each(Array.from({ length: blocks }, (_, block) => FIRST + block * SEEDS_PER_BLOCK))(
    `keep the contract (${SEEDS_PER_BLOCK} seeds from %i)`,
    async (first) => {
      const tally = await run(Array.from({ length: SEEDS_PER_BLOCK }, (_, index) => first + index));
      // An empty run cannot look good.
      for (const kind of ["looks", "equal states", "model", "bounds", "never exceeded", "fencing", "one holder"]) {
        expect(tally.of(`checks/${kind}`), kind).toBeGreaterThanOrEqual(SEEDS_PER_BLOCK * 0.8);
      }
      // Half of the histories do little else than limits and locks.
      const told = [...tally.under("limits/"), ...tally.under("locks/")].filter(
        ([kind]) => !/refused|unknown/u.test(kind),
      );
      const done = told.reduce((sum, [, count]) => sum + count, tally.of("clients/answered"));
      expect(done).toBeGreaterThan(SEEDS_PER_BLOCK * 10);
      const faults = tally.under("faults/").map(([kind]) => kind);
      expect(faults.length, faults.join()).toBeGreaterThan(12);
    },
  );

  it.each(FOUND_HISTORIES)("no longer find: $what", async ({ profile, steps }) => {
    const { violation } = await runHistory(profile, steps, null);
    expect(violation).toBeNull();
  });

  it("are sent every command that writes", () => {
    const sent = new Set(
      Object.values(FAMILIES).flatMap((lines) => lines.map((line) => line.split(" ")[0]!.toLowerCase())),
    );
    const missing = [...COMMANDS.values()].filter((command) => command.isWrite && !sent.has(command.fullName));
    // PFDEBUG is for tests of Redis itself.
    expect(missing.map(({ fullName }) => fullName)).toEqual(["pfdebug"]);
  });

  it("end with a table of what happened", async () => {
    const said: string[] = [];
    const options = { first: 1, seeds: 2, minutes: 1, failures: 1, shrinks: false };
    expect(await runCampaign(options, (text) => said.push(text))).toBe(0);
    expect(said.join("\n")).toMatch(/seeds 1–2: 2 histories.*faults injected.*no seed failed/su);
  });

  it("are the same every time", async () => {
    const [first, second] = [await runSeed(9), await runSeed(9)];
    expect(first.tally.under("")).toEqual(second.tally.under(""));
    expect(first.tally.of("checks/looks")).toBeGreaterThan(0);
  });
});
