import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FIGURES, trafficOf, writesCeiling } from "../support/scale/figures.ts";
import { fillTables, scaleTables } from "../support/scale/tables.ts";
import { measureTraffic, type Traffic } from "../support/scale/traffic.ts";

const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${path}`, import.meta.url)), "utf8");
const recorded = JSON.parse(textOf("results/simulated/traffic.json")) as readonly Traffic[];
const LOAD = { valueBytes: 100, writesPerMs: 2, milliseconds: 400 };

describe("docs/scale.md", () => {
  it("its tables are what the figures and the recorded traffic make", () => {
    const page = textOf("scale.md");
    expect(fillTables(page, scaleTables(recorded))).toBe(page);
  });

  it("a page without a place for a table is refused", () => {
    expect(() => fillTables("", scaleTables(recorded))).toThrow("no place for ceiling");
  });

  it.each([2, 4])("%i regions send each other about what was recorded", async (regions) => {
    const now = await measureTraffic({ ...LOAD, regions, topology: "mesh" });
    const then = recorded.find((one) => one.regions === regions && one.topology === "mesh")!;
    expect(now.writesPerSecond).toBe(then.writesPerSecond);
    expect(now.batchBytesPerWrite / then.batchBytesPerWrite).toBeGreaterThan(0.8);
    expect(now.batchBytesPerWrite / then.batchBytesPerWrite).toBeLessThan(1.25);
    expect(now.otherBytesPerWrite / then.otherBytesPerWrite).toBeLessThan(1.5);
  });

  it("a hub sends almost everything, and in all no more than a mesh", async () => {
    const mesh = await measureTraffic({ ...LOAD, regions: 4, topology: "mesh" });
    const hub = await measureTraffic({ ...LOAD, regions: 4, topology: "hub" });
    expect(hub.firstSendsShare).toBeGreaterThan(2 * mesh.firstSendsShare);
    expect(hub.batchBytesPerWrite).toBeLessThanOrEqual(mesh.batchBytesPerWrite);
  });
});

describe("the reckoning", () => {
  it("traffic grows with writes and with other regions", () => {
    const two = trafficOf(FIGURES, 2, 1_000, 150);
    expect(two.gigabytes).toBeCloseTo((1_000 * 150 * 1.05 * 2_592_000) / 1e9);
    expect(trafficOf(FIGURES, 5, 2_000, 150).gigabytes).toBeCloseTo(8 * two.gigabytes);
    expect(two.dollars).toBeCloseTo(two.gigabytes * 0.02);
  });

  it("one region pays for writes alone; a second brings little; many cost more than they bring", () => {
    const ceiling = (regions: number): number => writesCeiling(FIGURES, regions, 40);
    expect(ceiling(1)).toBeCloseTo(0.7e6 / 40);
    const { peerShare, applyShare } = FIGURES;
    expect(ceiling(2)).toBeCloseTo(0.7e6 / (40 * ((1 + peerShare + applyShare) / 2)));
    expect(ceiling(2)).toBeLessThan(2 * ceiling(1));
    expect(ceiling(16)).toBeLessThan(ceiling(8));
  });
});
