import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import type { ChildProgram } from "../../../chaos/world/child-program.ts";
import type { NodeReady } from "../../../chaos/world/start-world.ts";
import { hostPort, Scratch, startNode, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const running: ChildProgram<unknown>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.kill()));
  scratch.clean();
});

const connect = (node: ChildProgram<NodeReady>): Redis => {
  const client = new Redis({ ...hostPort(node.ready.resp), maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on("error", () => {});
  return client;
};

describe("what is acknowledged stays", () => {
  it("kill -9 under load, again and again: no acknowledged write is ever lost", async () => {
    const data = scratch.directory();
    const random = seededRandom(42);
    const acked = new Map<string, string>();
    const unknown = new Map<string, string>();
    const counter = { acked: 0, unknown: 0 };
    for (let round = 0; round < 8; round++) {
      const node = await startNode({ data });
      running.push(node);
      const client = connect(node);
      await Promise.all(
        [...acked].map(async ([key, value]) => {
          const found = await client.get(key);
          expect([value, unknown.get(key)], `${key} in round ${round}`).toContain(found);
        }),
      );
      const total = Number((await client.get("counter")) ?? "0");
      expect(total).toBeGreaterThanOrEqual(counter.acked);
      expect(total).toBeLessThanOrEqual(counter.acked + counter.unknown);
      const killAfter = 200 + random.below(1500);
      let sent = 0;
      let killed = false;
      const writers = Array.from({ length: 20 }, async (_, writer) => {
        while (!killed) {
          const index = sent++;
          const key = `k${writer}-${index % 50}`;
          const value = `${round}-${index}`;
          if (index === killAfter) {
            killed = true;
            void node.kill();
          }
          try {
            counter.unknown++;
            await Promise.all([
              client.set(key, value).then(
                () => {
                  acked.set(key, value);
                  unknown.delete(key);
                },
                () => unknown.set(key, value),
              ),
              client.incr("counter").then(() => {
                counter.acked++;
                counter.unknown--;
              }),
            ]);
          } catch {
            return;
          }
        }
      });
      await Promise.all(writers);
      client.disconnect();
      await node.ended;
    }
    expect(acked.size).toBeGreaterThan(50);
  });

  it("a failed write: waiting clients are told unknown, the region recovers under a new incarnation and serves again", async () => {
    const data = scratch.directory();
    const failing = join(scratch.directory(), "disk-is-broken");
    const node = await startNode({ data, environment: { ANTIPODE_FAIL_WRITES_WHILE: failing } });
    running.push(node);
    const incarnation = async (): Promise<string> =>
      ((await (await fetch(`http://${node.ready.admin}/status`)).json()) as { incarnation: string }).incarnation;
    const first = await incarnation();
    let client = connect(node);
    await client.set("proven", "1");
    writeFileSync(failing, "");
    await expect(client.set("lost?", "1")).rejects.toThrow(/UNKNOWN/u);
    client.disconnect();
    rmSync(failing);
    await waitFor("the region serves again", async () => {
      client.disconnect();
      client = connect(node);
      return (await client.set("after", "1").catch(() => null)) === "OK";
    });
    expect(await client.get("proven")).toBe("1");
    expect(await client.get("lost?")).toBeNull();
    expect(await incarnation()).not.toBe(first);
    client.disconnect();
  });

  it("writes are refused before the disk is full, reads and deletes are not", async () => {
    const node = await startNode({ data: scratch.directory(), args: ["--disk-free-min-bytes", "1000tb"] });
    running.push(node);
    const client = connect(node);
    await waitFor(
      "the disk was looked at",
      async () => (await client.set("k", "v").catch(() => "refused")) === "refused",
    );
    await expect(client.set("k", "v")).rejects.toThrow(/the disk nears its end, writes are refused. Free: \d+ bytes/u);
    expect(await client.get("none")).toBeNull();
    expect(await client.del("k")).toBeGreaterThanOrEqual(0);
    client.disconnect();
  });

  it("a data set larger than maxmemory is served whole", async () => {
    const node = await startNode({ data: scratch.directory(), args: ["--maxmemory", "2mb"] });
    running.push(node);
    const client = connect(node);
    const value = "x".repeat(2000);
    for (let start = 0; start < 4000; start += 500) {
      const pipeline = client.pipeline();
      for (let index = start; index < start + 500; index++) pipeline.set(`big${index}`, `${index}${value}`);
      await pipeline.exec();
    }
    await waitFor("memory is let go", async () => {
      const metrics = await (await fetch(`http://${node.ready.admin}/metrics`)).text();
      return Number(/^antipode_memory_used_bytes\{[^}]*\} (\d+)/mu.exec(metrics)![1]) <= 2 * 1024 * 1024;
    });
    expect(await client.dbsize()).toBe(4000);
    for (let index = 0; index < 4000; index += 97) expect(await client.get(`big${index}`)).toBe(`${index}${value}`);
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const [next, keys] = await client.scan(cursor, "COUNT", 500);
      for (const key of keys) seen.add(key);
      cursor = next;
    } while (cursor !== "0");
    expect(seen.size).toBe(4000);
    client.disconnect();
  });
});
