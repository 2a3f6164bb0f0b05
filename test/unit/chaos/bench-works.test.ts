import { describe, expect, it } from "vitest";
import type { BenchResult } from "../../../chaos/bench/bench-result.ts";
import type { BenchRow } from "../../../chaos/bench/comparison.ts";
import { runWorks, type Work } from "../../../chaos/bench/run-works.ts";

const row = (work: string): BenchRow => ({
  work,
  what: "SET",
  antipode: 1,
  peer: null,
  ratio: null,
  runs: { antipode: [1], peer: [] },
});
const rated = (name: string): Work => ({ name, measure: async () => ({ throughput: [row(name)] }) });
const broken = (name: string, reason: unknown): Work => ({ name, measure: () => Promise.reject(reason) });

async function run(
  works: readonly Work[],
  limitMs = 60_000,
): Promise<{ result: BenchResult; kept: BenchResult[]; said: string[] }> {
  const kept: BenchResult[] = [];
  const said: string[] = [];
  const result = await runWorks(works, { limitMs, keep: (soFar) => kept.push(soFar), say: (line) => said.push(line) });
  return { result, kept, said };
}

describe("works of the bench", () => {
  it("after each work all there is by then is kept", async () => {
    const { result, kept } = await run([rated("W1"), rated("W2")]);
    expect(kept.map(({ throughput }) => throughput?.map(({ work }) => work))).toEqual([["W1"], ["W1", "W2"]]);
    expect(kept.at(-1)).toEqual(result);
    expect(result.failed).toBeUndefined();
  });

  it("one that throws is recorded with its error, and the others go on", async () => {
    const works = [rated("W1"), broken("W5", new Error("webdis does not start")), rated("W13"), broken("R1", "gone")];
    const { result, kept, said } = await run(works);
    expect(result.failed).toEqual([
      { work: "W5", error: "webdis does not start" },
      { work: "R1", error: "gone" },
    ]);
    expect(result.throughput?.map(({ work }) => work)).toEqual(["W1", "W13"]);
    expect(kept[1]!.failed).toHaveLength(1);
    expect(said.join("\n")).toContain("W5   failed: webdis does not start");
  });

  it("one that does not end is recorded as such, and the others go on", async () => {
    const stuck: Work = { name: "W4", measure: () => new Promise(() => {}) };
    const { result } = await run([stuck, rated("W5")], 6);
    expect(result.failed).toEqual([{ work: "W4", error: "it took more than 0.0001 minutes" }]);
    expect(result.throughput?.map(({ work }) => work)).toEqual(["W5"]);
  });

  it("parts of the router come together", async () => {
    const { result } = await run([
      { name: "R2", measure: async () => ({ router: { idle: [] } }) },
      { name: "R3", measure: async () => ({ router: { gaps: [] } }) },
    ]);
    expect(result.router).toEqual({ idle: [], gaps: [] });
  });
});
