import { readFileSync, writeFileSync } from "node:fs";
import { fillTables, scaleTables } from "./tables.ts";
import { measureTraffic, type Topology, type Traffic } from "./traffic.ts";

const VALUE_BYTES = 100;
const SHAPES: readonly { readonly topology: Topology; readonly regions: number }[] = [
  ...[2, 4, 8, 16, 32].map((regions) => ({ topology: "mesh", regions }) as const),
  ...[4, 8, 16, 32].map((regions) => ({ topology: "hub", regions }) as const),
];
/** Few writes and many: what links say besides is shared by what there is. */
const LOADS = [
  { writesPerMs: 2, milliseconds: 400 },
  { writesPerMs: 32, milliseconds: 100 },
];

export interface ScaleFiles {
  readonly page: string;
  readonly traffic: string;
}

/** Measures traffic in the simulator and keeps it as JSON, and fills the page. */
export async function runScale(files: ScaleFiles, say: (line: string) => void): Promise<void> {
  const traffic: Traffic[] = [];
  for (const load of LOADS) {
    for (const shape of SHAPES) {
      const one = await measureTraffic({ ...shape, ...load, valueBytes: VALUE_BYTES });
      traffic.push(one);
      say(JSON.stringify(one));
    }
  }
  writeFileSync(files.traffic, `${JSON.stringify(traffic, null, 2)}\n`);
  fillPage(files);
}

/** Fills the tables of the page from what was measured before, and the figures as they are. */
export function fillPage(files: ScaleFiles): void {
  const traffic = JSON.parse(readFileSync(files.traffic, "utf8")) as readonly Traffic[];
  writeFileSync(files.page, fillTables(readFileSync(files.page, "utf8"), scaleTables(traffic)));
}
