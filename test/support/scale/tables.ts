import { table, whole } from "../../../chaos/bench/report/markdown.ts";
import { FIGURES, trafficOf, writesCeiling } from "./figures.ts";
import type { Traffic } from "./traffic.ts";

const REGIONS = [2, 3, 4, 8, 16, 32];

/** The tables of docs/scale.md by the names that mark their places in it. */
export function scaleTables(traffic: readonly Traffic[]): ReadonlyMap<string, string> {
  return new Map([
    ["ceiling", ceilingTable()],
    ["cost", costTable()],
    ["keys", keysTable()],
    ["traffic", trafficTable(traffic)],
  ]);
}

/** Puts each table between `<!-- NAME -->` and `<!-- end -->`. Throws where a place is missing. */
export function fillTables(page: string, tables: ReadonlyMap<string, string>): string {
  let filled = page;
  for (const [name, text] of tables) {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`, "u");
    if (!place.test(filled)) throw new Error(`the page has no place for ${name}`);
    filled = filled.replace(place, (_, before: string, after: string) => `${before}\n${text}\n\n${after}`);
  }
  return filled;
}

function ceilingTable(): string {
  const { writeMicros, pipelinedWriteMicros } = FIGURES;
  const world = (regions: number, micros: number): string => `${whole(writesCeiling(FIGURES, regions, micros))}/s`;
  const rows = [1, ...REGIONS].map((regions) => [
    regions,
    world(regions, writeMicros),
    world(regions, pipelinedWriteMicros),
    `${whole(writesCeiling(FIGURES, regions, writeMicros) / regions)}/s`,
  ]);
  return table(
    ["regions", "all together, clients that wait", "in pipelines", "each region's part, clients that wait"],
    rows,
  );
}

function costTable(): string {
  const rows = FIGURES.wireBytes.flatMap(({ valueBytes, bytes }) =>
    [2, 3, 4, 8].map((regions) => {
      const cost = [100, 1_000, 10_000].map((writes) => {
        const { gigabytes, dollars } = trafficOf(FIGURES, regions, writes, bytes);
        return `${whole(gigabytes)} GB, $${whole(dollars)}`;
      });
      return [`${whole(valueBytes)} bytes`, regions, ...cost];
    }),
  );
  return table(["value", "regions", "100 writes/s", "1,000 writes/s", "10,000 writes/s"], rows);
}

function keysTable(): string {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0);
  const rows = [1e6, 1e7, 1e8].map((keys) => [
    whole(keys),
    `${gigabytes(keys * FIGURES.memoryBytesPerKey)} GB`,
    `${gigabytes(keys * 0.1 * FIGURES.memoryBytesPerKey)} GB`,
    `${gigabytes(keys * FIGURES.diskBytesPerKey)} GB`,
  ]);
  return table(["keys of 300 bytes", "memory, all of them", "memory, a tenth of them", "disk, besides the log"], rows);
}

function trafficTable(traffic: readonly Traffic[]): string {
  const rows = traffic.map((one) => {
    const deliveries = one.regions - 1;
    const bytes = one.batchBytesPerWrite + one.otherBytesPerWrite;
    return [
      one.topology,
      one.regions,
      `${whole(one.writesPerSecond)}/s`,
      whole(one.batchBytesPerWrite / deliveries),
      whole(one.otherBytesPerWrite / deliveries),
      whole(bytes),
      one.framesPerWrite.toFixed(1),
      `${whole(one.firstSendsShare * 100)} %`,
    ];
  });
  const head = ["links", "regions", "writes in all", "bytes of batches, a delivery", "other bytes, a delivery"];
  return table([...head, "all bytes, a write", "frames, a write", "sent by the first region"], rows);
}
