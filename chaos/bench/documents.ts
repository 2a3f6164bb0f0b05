import { Redis } from "ioredis";
import { cpuMsOf, withBenchNode } from "./bench-node.ts";
import type { BenchTools } from "./comparison.ts";

/** Changes of one JSON document at one age. */
export interface DocumentPoint {
  /** Changes it had behind it when the measure began. */
  readonly changesBefore: number;
  readonly changes: number;
  readonly perSecond: number;
  readonly cpuMicrosPerChange: number;
  /** As JSON.GET shows it. */
  readonly documentBytes: number;
}

/** Documents by their keys. */
const WARM = "warm";
const MEASURED = "doc";
const KEYS = 26;
const BATCH = 100;

/**
 * W12: one document of 26 keys in one region, changed in pipelines through one connection: when young, and after so many changes. Flat
 * when history does not slow it: while all members are reachable it is forgotten.
 */
export function measureDocuments({ program, say }: BenchTools, changesMax: number): Promise<readonly DocumentPoint[]> {
  return withBenchNode(program, async ({ port, program: node }) => {
    const client = new Redis(port, "127.0.0.1");
    try {
      const fields = Array.from({ length: KEYS }, (_, index) => [
        `key${index}`,
        index % 2 === 0 ? index : `text ${index}`,
      ]);
      const text = JSON.stringify({ ...Object.fromEntries(fields), count: 0, list: [1, 2, 3] });
      for (const key of [WARM, MEASURED]) await client.call("JSON.SET", key, "$", text);
      const changes = Math.max(BATCH, Math.floor(changesMax / 10 / BATCH) * BATCH);
      const points: DocumentPoint[] = [];
      let changesBefore = 0;
      const measured = async (): Promise<void> => {
        const beforeMs = cpuMsOf(node.pid);
        const startedMs = performance.now();
        await change(client, MEASURED, changesBefore, changes);
        const seconds = (performance.now() - startedMs) / 1000;
        const cpuMicrosPerChange = ((cpuMsOf(node.pid) - beforeMs) * 1000) / changes;
        const documentBytes = String(await client.call("JSON.GET", MEASURED)).length;
        points.push({ changesBefore, changes, perSecond: changes / seconds, cpuMicrosPerChange, documentBytes });
        say(
          `  W12  a document after ${String(changesBefore).padStart(7)} changes   ${Math.round(changes / seconds)}/s, ${Math.round(cpuMicrosPerChange)} µs of processor a change, ${documentBytes} bytes`,
        );
        changesBefore += changes;
      };
      // For compiled code, which is not age: on another document, so that this one is young.
      await change(client, WARM, 0, changes);
      await measured();
      if (changesMax > changesBefore) {
        await change(client, MEASURED, changesBefore, changesMax - changesBefore);
        changesBefore = changesMax;
      }
      await measured();
      return points;
    } finally {
      client.disconnect();
    }
  });
}

/** A number, a key, an item added and one taken off, in turns. Throws what the region refuses. */
async function change(client: Redis, key: string, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += BATCH) {
    const pipeline = client.pipeline();
    for (let index = at; index < Math.min(at + BATCH, from + count); index++) pipeline.call(...commandOf(key, index));
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
}

function commandOf(key: string, index: number): [string, ...string[]] {
  switch (index % 4) {
    case 0:
      return ["JSON.NUMINCRBY", key, "$.count", "1"];
    case 1:
      return ["JSON.SET", key, `$.key${index % KEYS}`, `"text ${index % 100}"`];
    case 2:
      return ["JSON.ARRAPPEND", key, "$.list", "7"];
    default:
      return ["JSON.ARRPOP", key, "$.list"];
  }
}
