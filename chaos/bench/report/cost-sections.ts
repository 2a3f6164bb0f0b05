import type { GrowthPoint, GrowthResult } from "../growth.ts";
import type { LagResult } from "../lag.ts";
import type { LinkLag } from "../link-lag.ts";
import type { BesidePeer, SlowPeer } from "../slow-peer.ts";
import type { RecoveryPoint } from "../recovery.ts";
import type { MemoryResult } from "../session-memory.ts";
import { EQUAL_AFTER_MAX_MS, LAG_P50_MAX_MS, LAG_P99_MAX_MS, MEMORY_RATIO_MAX } from "./aims.ts";
import type { Bar } from "./bar-plot.ts";
import { mebibytes, perSecond, repeat, table, whole, yesOrNo } from "./markdown.ts";
import { newest, type ResultsFile } from "./results-file.ts";
import type { Section } from "./section.ts";

/** W6. */
export function lagSection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ lag }) => (lag !== null && lag !== undefined && lag.antipode.length > 0 ? lag : null));
  if (found === null) return null;
  const { oneWayMs } = found.value;
  const body = [
    `W6, acknowledged in one region to visible in the other, through a link of ${oneWayMs} ms one way. The Redis replica is sent writes before they are synced.${found.value.justStarted === undefined ? "" : " *Just started*: the first seconds of new processes, while Node compiles; the others are of processes that were warm."}`,
    table(
      ["rate", "Antipode p50 / p99", `on top of ${oneWayMs} ms`, "Redis replica p50 / p99", "aim", "met"],
      lagRows(found.value),
    ),
    repeat("W6", ["lagSeconds"], found.file),
  ];
  return { title: "Replication lag", body, plots: {} };
}

function lagRows({ oneWayMs, antipode, redisReplica, justStarted }: LinkLag): readonly (readonly string[])[] {
  const warm = antipode.map((ours, index) => lagRow(oneWayMs, ours, redisReplica[index], true));
  if (justStarted === undefined) return warm;
  return [lagRow(oneWayMs, justStarted.antipode, justStarted.redisReplica, false), ...warm];
}

function lagRow(oneWayMs: number, ours: LagResult, replica: LagResult | undefined, isWarm: boolean): readonly string[] {
  const [p50Added, p99Added] = [ours.p50Ms - oneWayMs, ours.p99Ms - oneWayMs];
  return [
    `${perSecond(ours.rate)}${isWarm ? "" : ", just started"}`,
    `${ours.p50Ms.toFixed(1)} / ${ours.p99Ms.toFixed(1)} ms`,
    `${p50Added.toFixed(1)} / ${p99Added.toFixed(1)} ms`,
    replica === undefined ? "–" : `${replica.p50Ms.toFixed(1)} / ${replica.p99Ms.toFixed(1)} ms`,
    isWarm ? `≤ ${LAG_P50_MAX_MS} / ${LAG_P99_MAX_MS} ms` : "none set",
    isWarm ? yesOrNo(p50Added <= LAG_P50_MAX_MS && p99Added <= LAG_P99_MAX_MS) : "–",
  ];
}

/** W7. */
export function memorySection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ memory }) => memory);
  if (found === null) return null;
  const { points, overLimit } = found.value;
  const body = [
    `W7, sessions that end in a day (\`SET key value EX\`). *Own* is what is resident without the pages of the database's files that are mapped, which the system takes back when it needs them; *a key* is own memory for each besides the bytes of its name and value.`,
    "![Memory for the sessions](memory.svg)",
    table(
      ["sessions", "own, quiet", "just written", "mapped", "a key", "Redis", "a key", "ratio", "aim", "met"],
      points.map(({ sessions, valueBytes, antipode, redis, ratio }) => [
        `${whole(sessions)} of ${valueBytes} bytes`,
        mebibytes(antipode.ownBytes),
        mebibytes(antipode.justWrittenBytes),
        mebibytes(antipode.mappedBytes),
        `${whole(antipode.metadataBytesPerKey)} bytes`,
        mebibytes(redis.ownBytes),
        `${whole(redis.metadataBytesPerKey)} bytes`,
        ratio.toFixed(2),
        `≤ ${MEMORY_RATIO_MAX}`,
        yesOrNo(ratio <= MEMORY_RATIO_MAX),
      ]),
    ),
    `A data set larger than memory: ${mebibytes(overLimit.payloadBytes)} of keys and values with \`--maxmemory\` ${mebibytes(overLimit.maxmemoryBytes)}: ${whole(overLimit.served)} of ${whole(overLimit.keys)} keys answered with what had been written, ${perSecond(overLimit.readsPerSecond)} in pipelines through one connection; ${mebibytes(overLimit.memory.ownBytes)} own.`,
    repeat("W7", ["sessions", "quietSeconds"], found.file),
  ];
  return { title: "Memory", body, plots: { "memory.svg": memoryPlot(found.value) } };
}

function memoryPlot({ points }: MemoryResult): Section["plots"][string] {
  const bars = points.flatMap(({ sessions, valueBytes, antipode, redis }): readonly Bar[] => {
    const label = `${whole(sessions)} sessions of ${valueBytes} bytes`;
    const bar = (whose: Bar["whose"], bytes: number): Bar => ({
      label: whose === "ours" ? label : "Redis",
      value: bytes,
      text: mebibytes(bytes),
      whose,
    });
    return [{ ...bar("ours", antipode.ownBytes), aim: redis.ownBytes * MEMORY_RATIO_MAX }, bar("peer", redis.ownBytes)];
  });
  return { title: "Own memory of Antipode (blue) and Redis (grey); orange: the aim", bars, axis: "linear" };
}

/** W8. */
export function recoverySection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ recovery }) => recovery);
  if (found === null) return null;
  const body = [
    "W8, `kill -9` under the load of 50 connections, then a start on the same data: from the start of the process to the first value it answers with, and the acknowledged writes that are not there. Redis with `appendonly yes, appendfsync always`.",
    "![Time to the first answer after kill -9](recovery.svg)",
    table(
      [
        "keys",
        "Antipode, first answer",
        "lost of acknowledged",
        "Redis, first answer",
        "lost of acknowledged",
        "aim",
        "met",
      ],
      found.value.map(({ keys, antipode, redis }) => [
        whole(keys),
        `${whole(antipode.firstAnswerMs)} ms`,
        `${antipode.lost} of ${whole(antipode.acknowledged)}`,
        `${whole(redis.firstAnswerMs)} ms`,
        `${redis.lost} of ${whole(redis.acknowledged)}`,
        "0 lost",
        yesOrNo(antipode.lost === 0),
      ]),
    ),
    repeat("W8", ["rounds", "recoveryKeys"], found.file),
  ];
  const bars = found.value.flatMap((point) => recoveryBars(point));
  const title = "Milliseconds from a start to the first answer: Antipode (blue), Redis (grey)";
  return { title: "Recovery", body, plots: { "recovery.svg": { title, bars, axis: "linear" } } };
}

function recoveryBars({ keys, antipode, redis }: RecoveryPoint): readonly Bar[] {
  const bar = (whose: Bar["whose"], ms: number): Bar => ({
    label: whose === "ours" ? `${whole(keys)} keys` : "Redis",
    value: ms,
    text: `${whole(ms)} ms`,
    whose,
  });
  return [bar("ours", antipode.firstAnswerMs), bar("peer", redis.firstAnswerMs)];
}

/** W9. */
export function partitionSection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ partition }) => partition);
  if (found === null) return null;
  const { partitionSeconds, writes, equalAfterMs, lost, diverged } = found.value;
  const isMet = equalAfterMs <= EQUAL_AFTER_MAX_MS && lost === 0 && diverged === 0;
  const body = [
    "W9, two regions apart behind black holes, both written to (distinct keys, the same keys, counters, sets), then healed.",
    table(
      ["apart", "writes", "equal after healing", "lost", "different", "aim", "met"],
      [
        [
          `${partitionSeconds} s`,
          whole(writes),
          `${(equalAfterMs / 1000).toFixed(2)} s`,
          lost,
          diverged,
          `≤ ${EQUAL_AFTER_MAX_MS / 1000} s, 0, 0`,
          yesOrNo(isMet),
        ],
      ],
    ),
    repeat("W9", ["partitionSeconds", "partitionRate"], found.file),
  ];
  return { title: "Partition", body, plots: {} };
}

/** W10. */
export function wireSection(files: readonly ResultsFile[]): Section | null {
  // Older ones had two rates in place of this.
  const found = newest(files, ({ wire }) => (typeof wire?.slowPeer.without === "object" ? wire : null));
  if (found === null) return null;
  const { bytes, slowPeer } = found.value;
  const body = [
    "W10, bytes on the wire for one replicated SET, both directions, everything that a link says besides included.",
    table(
      ["value", "clients", "Antipode", "Redis replica", "ratio"],
      bytes.map(({ valueBytes, clients, antipode, redisReplica }) => [
        `${valueBytes} bytes`,
        clients,
        `${whole(antipode)} bytes`,
        `${whole(redisReplica)} bytes`,
        (antipode / redisReplica).toFixed(2),
      ]),
    ),
    `A slow peer's cost to the others: 50 clients set ${whole(1024)} bytes each in one region, a second one takes all of it, and the third takes ${slowPeer.kilobytesPerSecond} KB/s, takes all of it too, or is not there. All share the same processors, so that any third region costs some; the aim is that a slow one costs no more than a quick one, and what it is sent later is not in its figures. The second region had all of it ${whole(slowPeer.quickPeerMs)} ms after the last answer, beside the slow one.`,
    table(
      ["third region", "SETs", "of those beside the slow one", "processor time of a write", "in the second region"],
      [
        besidePeer("slow", slowPeer.withSlow, slowPeer),
        besidePeer("quick", slowPeer.withQuick, slowPeer),
        besidePeer("none", slowPeer.without, slowPeer),
      ],
    ),
    repeat("W10", ["rounds", "requests"], found.file),
  ];
  return { title: "On the wire", body, plots: {} };
}

function besidePeer(
  third: string,
  { perSecond: rate, writerCpuMicros, quickPeerCpuMicros }: BesidePeer,
  { withSlow }: SlowPeer,
): readonly string[] {
  const micros = [writerCpuMicros, quickPeerCpuMicros].map((value) => `${whole(value)} µs`);
  return [third, perSecond(rate), (withSlow.perSecond / rate).toFixed(2), ...micros];
}

const GROWTH: readonly (readonly [keyof GrowthResult, string])[] = [
  ["hashFields", "fields of a hash"],
  ["regions", "regions"],
  ["keys", "keys"],
];

/** W11. */
export function growthSection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ growth }) => growth);
  if (found === null) return null;
  const points = GROWTH.flatMap(([kind, what]) =>
    found.value[kind].map((point): readonly [string, GrowthPoint] => [`${whole(point.size)} ${what}`, point]),
  );
  const micros = (perWrite: number): string => `${whole(perWrite)} µs`;
  const body = [
    "W11, one HSET or SET of 100 bytes as what is there grows; processor time is that of the region that is written to.",
    "![Processor time of a write as work grows](growth.svg)",
    table(
      ["with", "rate", "processor time of a write", "of each other region", "start"],
      points.map(([label, point]) => [
        label,
        perSecond(point.perSecond),
        micros(point.cpuMicrosPerWrite),
        point.peerCpuMicrosPerWrite === undefined ? "–" : micros(point.peerCpuMicrosPerWrite),
        point.startMs === undefined ? "–" : `${whole(point.startMs)} ms`,
      ]),
    ),
    repeat("W11", ["requests", "hashFieldsMax", "regionsMax", "keysMax"], found.file),
  ];
  const bars = points.map(([label, point]): Bar => {
    return { label, value: point.cpuMicrosPerWrite, text: micros(point.cpuMicrosPerWrite), whose: "ours" };
  });
  const title = "Processor time of a write, microseconds: flat in data, linear in regions";
  return { title: "Growth", body, plots: { "growth.svg": { title, bars, axis: "linear" } } };
}

/** W12. */
export function documentsSection(files: readonly ResultsFile[]): Section | null {
  const found = newest(files, ({ documents }) => documents);
  if (found === null) return null;
  const body = [
    "W12, changes of one JSON document of 26 keys, in pipelines through one connection, synced before the reply. History does not slow it when both lines are alike.",
    table(
      ["changes before", "rate", "processor time of a change", "the document"],
      found.value.map(({ changesBefore, perSecond: rate, cpuMicrosPerChange, documentBytes }) => [
        whole(changesBefore),
        perSecond(rate),
        `${whole(cpuMicrosPerChange)} µs`,
        `${whole(documentBytes)} bytes`,
      ]),
    ),
    repeat("W12", ["documentChanges"], found.file),
  ];
  return { title: "Documents", body, plots: {} };
}
