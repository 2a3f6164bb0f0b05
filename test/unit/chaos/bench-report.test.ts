import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderBarPlot } from "../../../chaos/bench/report/bar-plot.ts";
import { buildResultsPage } from "../../../chaos/bench/report/build-results-page.ts";
import { readResults, type ResultsFile } from "../../../chaos/bench/report/results-file.ts";

const DIRECTORY = fileURLToPath(new URL("../../../docs/results", import.meta.url));

const row = (work: string, antipode: number, peer: number | null) => ({
  work,
  what: "SET",
  antipode,
  peerName: peer === null ? "no peer found" : "Redis",
  peer,
  ratio: peer === null ? null : antipode / peer,
  runs: { antipode: [antipode], peer: peer === null ? [] : [peer] },
});

const lag = (p50Ms: number) => ({ rate: 200, samples: 1, p50Ms, p99Ms: 45, maxMs: 50, late: 0 });
const memoryOf = (ownBytes: number) => ({ ownBytes, mappedBytes: 0, justWrittenBytes: 0, metadataBytesPerKey: 100 });
const recoveryOf = (firstAnswerMs: number, lost: number) => {
  return { firstAnswersMs: [firstAnswerMs], firstAnswerMs, acknowledged: 500, lost };
};
const beside = (perSecond: number) => ({ perSecond, writerCpuMicros: 90, quickPeerCpuMicros: 60 });
const point = (size: number) => ({ size, perSecond: 1_000, cpuMicrosPerWrite: 50 });

const EVERYTHING: ResultsFile = {
  name: "1.json",
  throughput: [row("W1", 1, 2)],
  lag: {
    oneWayMs: 40,
    antipode: [lag(41)],
    redisReplica: [lag(42)],
    justStarted: { antipode: lag(48), redisReplica: lag(43) },
  },
  memory: {
    points: [
      { sessions: 1_000, keyBytes: 40, valueBytes: 300, antipode: memoryOf(2e6), redis: memoryOf(1e6), ratio: 2 },
    ],
    overLimit: {
      keys: 1_000,
      valueBytes: 1_024,
      payloadBytes: 4e6,
      maxmemoryBytes: 1e6,
      served: 1_000,
      wrong: 0,
      readsPerSecond: 5_000,
      memory: { ownBytes: 2e6, mappedBytes: 1e6 },
    },
  },
  recovery: [{ keys: 1_000, antipode: recoveryOf(250, 2), redis: recoveryOf(900, 0) }],
  partition: { partitionSeconds: 60, writes: 60_000, equalAfterMs: 1_050, lost: 0, diverged: 0 },
  wire: {
    bytes: [{ valueBytes: 100, clients: 50, antipode: 150, redisReplica: 135 }],
    slowPeer: {
      kilobytesPerSecond: 64,
      without: beside(110),
      withQuick: beside(80),
      withSlow: beside(90),
      quickPeerMs: 10,
    },
  },
  growth: {
    hashFields: [point(10)],
    regions: [point(1), { ...point(2), peerCpuMicrosPerWrite: 20 }],
    keys: [{ ...point(100_000), startMs: 850 }],
  },
  documents: [{ changesBefore: 100_000, changes: 10, perSecond: 4_000, cpuMicrosPerChange: 200, documentBytes: 400 }],
  router: {
    load: [{ proxy: "nginx", door: "http", p50Ms: 1, p99Ms: 2, addedP50Ms: 0.5, addedP99Ms: 1, perSecond: 1_000 }],
    idle: [{ proxy: "nginx", door: "http", bytesPerConnection: 512 }],
    gaps: [{ fault: "freeze", door: "resp", gapMs: 1_500, errors: 1, acknowledged: 70 }],
  },
};

const page = (...files: ResultsFile[]): string => buildResultsPage(files).get("README.md")!;

describe("the page of results", () => {
  it("docs/results is what its JSON files make", async () => {
    for (const [name, text] of buildResultsPage(readResults(DIRECTORY))) {
      await expect(text).toMatchFileSnapshot(`${DIRECTORY}/${name}`);
    }
  });

  it("of each work the newest file counts", () => {
    const older: ResultsFile = { name: "1.json", throughput: [row("W1", 100, 100), row("W2", 70, 100)] };
    const newer: ResultsFile = { name: "2.json", throughput: [row("W1", 200, 100)] };
    const text = page(newer, older);
    expect(text).toContain("| W1 | SET | 200/s | Redis | 100/s | 2.00 |");
    expect(text).toContain("| W2 | SET | 70/s | Redis | 100/s | 0.70 |");
    expect(text).not.toContain("| W1 | SET | 100/s");
  });

  it("an aim that was missed says so", () => {
    expect(page({ name: "1.json", throughput: [row("W1", 99, 100)] })).toMatch(/\| W1 .*\| ≥ 1 \| no \|/u);
    expect(page({ name: "1.json", throughput: [row("W1", 100, 100)] })).toMatch(/\| W1 .*\| ≥ 1 \| yes \|/u);
  });

  it("without a peer the own figure stands alone", () => {
    expect(page({ name: "1.json", throughput: [row("W4", 50, null)] })).toContain(
      "| W4 | SET | 50/s | no peer found | – | – | – | ≥ 0.8 | – |",
    );
  });

  it("every kind of measure has its part, and its plot", () => {
    const files = buildResultsPage([EVERYTHING]);
    const text = files.get("README.md")!;
    const titles = [...text.matchAll(/^## (.*)$/gmu)].map(([, title]) => title);
    const all = [
      "Rates",
      "Replication lag",
      "Memory",
      "Recovery",
      "Partition",
      "On the wire",
      "Growth",
      "Documents",
      "The router",
    ];
    expect(titles).toEqual([...all, "The runs"]);
    for (const [, plot] of text.matchAll(/\]\(([a-z]+\.svg)\)/gu)) expect([...files.keys()]).toContain(plot);
    expect(text).not.toMatch(/undefined|NaN/u);
    expect(text).toContain("| 1,000 | 250 ms | 2 of 500 | 900 ms | 0 of 500 | 0 lost | no |");
    expect(text).toContain("| 200/s, just started | 48.0 / 45.0 ms | 8.0 / 5.0 ms | 43.0 / 45.0 ms | none set | – |");
    expect(text).toContain("| none | 110/s | 0.82 | 90 µs | 60 µs |");
    expect(text).toContain("| 2 regions | 1,000/s | 50 µs | 20 µs | – |");
    expect(text).toContain("| 60 s | 60,000 | 1.05 s | 0 | 0 | ≤ 2 s, 0, 0 | yes |");
  });

  it("a command repeats a file's settings, as flags", () => {
    const text = page({ name: "1.json", rounds: 3, flags: { requests: 5_000 }, throughput: [row("W1", 1, 1)] });
    expect(text).toContain("npm run bench -- --works W1 --rounds 3 --requests 5000`");
  });
});

describe("a bar plot", () => {
  const bar = (value: number) => ({ label: `<${value}>`, value, text: String(value), whose: "ours" as const });
  const widths = (svg: string): number[] =>
    [...svg.matchAll(/<rect[^>]* width="([0-9.]+)"/gu)].map((match) => Number(match[1]));

  it("linear: lengths are proportional", () => {
    const [one, two] = widths(renderBarPlot({ title: "t", bars: [bar(50), bar(100)], axis: "linear" }));
    expect(two! / one!).toBeCloseTo(2, 1);
  });

  it("logarithmic: equal ratios are equal distances", () => {
    const [a, b, c] = widths(renderBarPlot({ title: "t", bars: [bar(1), bar(10), bar(100)], axis: "logarithmic" }));
    expect(c! - b!).toBeCloseTo(b! - a!, 0);
  });

  it("labels are text, not markup", () => {
    expect(renderBarPlot({ title: "a & b", bars: [bar(1)], axis: "linear" })).toContain("&lt;1&gt;");
  });
});
