import { describe, expect, it } from "vitest";
import type { BenchRow, BenchTools } from "../../../chaos/bench/comparison.ts";
import { measureDocuments } from "../../../chaos/bench/documents.ts";
import { measurePartition } from "../../../chaos/bench/partition.ts";
import { measureRateLimitScripts } from "../../../chaos/bench/rate-limit-scripts.ts";
import { measureRecovery } from "../../../chaos/bench/recovery.ts";
import { onPath } from "../../../chaos/bench/redis-peer.ts";
import { measureReplicated } from "../../../chaos/bench/replicated.ts";
import { measureRest } from "../../../chaos/bench/rest.ts";
import { measureSessionMemory } from "../../../chaos/bench/session-memory.ts";
import { PROGRAM } from "../../support/processes.ts";

describe("antipode bench", () => {
  it("W9: two regions that were apart are equal soon, and nothing is lost or different", async () => {
    const result = await measurePartition({ program: PROGRAM, seconds: 2, rate: 200 });
    expect(result).toMatchObject({ writes: 800, lost: 0, diverged: 0 });
    expect(result.equalAfterMs).toBeLessThan(20_000);
  });
});

const redisServer = onPath("redis-server");
const redisBenchmark = onPath("redis-benchmark");

describe.skipIf(redisServer === null || redisBenchmark === null)(
  "antipode bench beside Redis",
  { timeout: 300_000 },
  () => {
    const said: string[] = [];
    const tools: BenchTools = {
      program: PROGRAM,
      redisServer: redisServer ?? "",
      redisBenchmark: redisBenchmark ?? "",
      keydbServer: null,
      webdis: onPath("webdis"),
      srh: null,
      rounds: 1,
      requests: 1_000,
      say: (line) => said.push(line),
    };

    const works = (rows: readonly BenchRow[]): readonly string[] => rows.map(({ what }) => what);

    it("W4: replicated writes have figures, and say that no KeyDB was there", async () => {
      const rows = await measureReplicated(tools);
      expect(works(rows)).toEqual(["SET, synced, in two regions", "SET, synced, in two regions, pipeline 16"]);
      for (const { antipode, peer } of rows) expect(Math.min(antipode, peer ?? 0)).toBeGreaterThan(0);
      expect(said.join()).toContain("no KeyDB");
    });

    it("W5: REST has figures for both verbs, single and in pipelines, with and without a peer", async () => {
      const rows = await measureRest(tools, 0.3);
      const all = ["REST, SET", "REST, SET, pipeline 20, commands", "REST, GET", "REST, GET, pipeline 20, commands"];
      expect(works(rows)).toEqual(all);
      for (const { antipode, peer } of rows) {
        expect(antipode).toBeGreaterThan(0);
        if (tools.webdis === null) expect(peer).toBeNull();
        else expect(peer).toBeGreaterThan(0);
      }
    });

    it("W7: every key of a data set four times --maxmemory answers with what was written", async () => {
      const { points, overLimit } = await measureSessionMemory(tools, 2_000, 0);
      expect(points.map(({ valueBytes }) => valueBytes)).toEqual([300, 1024]);
      for (const { antipode, redis } of points) expect(antipode.ownBytes).toBeGreaterThan(redis.ownBytes / 10);
      expect(overLimit).toMatchObject({ keys: 2_000, served: 2_000, wrong: 0 });
      expect(overLimit.payloadBytes).toBeGreaterThanOrEqual(4 * overLimit.maxmemoryBytes);
    });

    it("W8: after kill -9 under load nothing that was acknowledged is lost", async () => {
      const [point] = await measureRecovery(tools, [500]);
      expect(point!.antipode.acknowledged).toBeGreaterThan(0);
      expect(point!.antipode.lost).toBe(0);
      expect(point!.redis.lost).toBe(0);
    });

    it("W12: a document that is changed on and on stays as large as it was", async () => {
      const [young, old] = await measureDocuments(tools, 2_000);
      expect([young!.changesBefore, old!.changesBefore]).toEqual([0, 2_000]);
      expect(Math.abs(old!.documentBytes - young!.documentBytes)).toBeLessThan(100);
    });

    it("W13: both rate limit scripts are run, with and without a pipeline", async () => {
      const rows = await measureRateLimitScripts(tools);
      expect(rows).toHaveLength(4);
      for (const { antipode, peer } of rows) expect(Math.min(antipode, peer ?? 0)).toBeGreaterThan(0);
    });
  },
);
