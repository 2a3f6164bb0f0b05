import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { Metrics } from "../../../src/server/admin/metrics.ts";
import { startAdminServer, type RunningAdminServer } from "../../../src/server/admin/admin-server.ts";

let server: RunningAdminServer;
let reason: string | null;
let asked: (number | undefined)[];
let broken: boolean;
const orders: unknown[] = [];

beforeEach(async () => {
  reason = null;
  asked = [];
  broken = false;
  const metrics = new Metrics("us-east", () => {
    if (broken) throw new Error("no figures");
    return [{ name: "antipode_ready", value: 1 }];
  });
  server = await startAdminServer(
    { host: "127.0.0.1", port: 0 },
    {
      notReady: () => reason,
      metrics: () => metrics.scrape(),
      digest: async (atMs) => {
        asked.push(atMs);
        return { region: "us-east", vector: {}, digest: "00", keys: 0, atMs: atMs ?? 1 };
      },
      status: () => ({ peers: [], statistics: {} }),
      members: () => [{ region: "us-east", state: "member" }],
      order: (order, region, url) => {
        orders.push([order, region, url]);
        return region === "no" ? Promise.reject(new Error("not possible")) : Promise.resolve();
      },
    },
    silentLogger,
  );
});
afterEach(() => server.close());

const get = async (path: string, method = "GET"): Promise<{ status: number; text: string; type: string }> => {
  const response = await fetch(`http://${server.address}${path}`, { method });
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") ?? "" };
};

describe("the admin door", () => {
  test("/members: who is one, and POST changes it or says why not", async () => {
    const post = async (path: string, body: unknown): Promise<unknown[]> => {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await fetch(`http://${server.address}${path}`, init);
      return [response.status, await response.json()];
    };
    const members = [{ region: "us-east", state: "member" }];
    expect(JSON.parse((await get("/members")).text)).toEqual(members);
    expect(await post("/members/add", { region: "ap", url: "ws://ap:1" })).toEqual([200, members]);
    expect(await post("/members/evict", { region: "eu" })).toEqual([200, members]);
    expect(await post("/members/remove", { region: "no" })).toEqual([409, { error: "not possible" }]);
    expect((await post("/members/add", { region: 1 }))[0]).toBe(400);
    expect(orders).toEqual([
      ["add", "ap", "ws://ap:1"],
      ["evict", "eu", null],
      ["remove", "no", null],
    ]);
  });

  test("/livez: the process turns, ready or not", async () => {
    reason = "joining";
    expect(await get("/livez")).toMatchObject({ status: 200, text: '{"live":true}' });
  });

  test("/readyz: 200, or 503 with the reason", async () => {
    expect(await get("/readyz")).toMatchObject({ status: 200, text: '{"ready":true}' });
    reason = "draining";
    expect(await get("/readyz")).toMatchObject({ status: 503, text: '{"ready":false,"reason":"draining"}' });
  });

  test("/metrics: Prometheus' text", async () => {
    const { status, text, type } = await get("/metrics");
    expect([status, type]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/u)]);
    expect(text).toContain('antipode_ready{region="us-east"} 1');
  });

  test("/metrics: figures that cannot be had are an error to the reader alone", async () => {
    broken = true;
    expect(await get("/metrics")).toMatchObject({ status: 500, text: '{"error":"no figures"}' });
    broken = false;
    expect((await get("/metrics")).status).toBe(200);
  });

  test("/digest: now, or at an instant", async () => {
    expect(JSON.parse((await get("/digest")).text)).toEqual({
      region: "us-east",
      vector: {},
      digest: "00",
      keys: 0,
      atMs: 1,
    });
    expect(JSON.parse((await get("/digest?at=1700000000000")).text)).toMatchObject({ atMs: 1_700_000_000_000 });
    expect(asked).toEqual([undefined, 1_700_000_000_000]);
  });

  test.each(["x", "", "-1", "1.5", "1e3", "99999999999999999999", "9999999999999999", "1&at=2"])(
    "/digest?at=%s is refused",
    async (at) => {
      expect(await get(`/digest?at=${at}`)).toMatchObject({
        status: 400,
        text: '{"error":"at wants milliseconds since the epoch"}',
      });
      expect(asked).toEqual([]);
    },
  );

  test("/status is JSON, and what is not there says what is", async () => {
    expect(JSON.parse((await get("/status")).text)).toEqual({ peers: [], statistics: {} });
    expect(await get("/nope")).toMatchObject({ status: 404, text: expect.stringContaining("/livez /readyz /metrics") });
    expect((await get("/status", "POST")).status).toBe(404);
  });
});
