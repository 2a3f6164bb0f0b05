import net from "node:net";
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { Agent, request } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { RegionSet } from "../../support/region-set.ts";
import { PROGRAM, Scratch, TOKEN, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const routers: ChildProcess[] = [];
let set: RegionSet | null = null;
let redis: Redis | null = null;

afterEach(async () => {
  redis?.disconnect();
  redis = null;
  for (const router of routers.splice(0)) router.kill("SIGKILL");
  await set?.end();
  set = null;
  scratch.clean();
});

/** A bound socket that this process holds and does not accept on, as systemd does. */
interface HeldSocket {
  readonly fd: number;
  getsockname(out: { port?: number }): number;
  close(): void;
}
const hold = Reflect.get(net, "_createServerHandle") as (host: string, port: number, family: number) => HeldSocket;

interface Doors {
  readonly http: string | null;
  readonly resp: string | null;
}

/** A router whose doors are given sockets, or are picked by the system. */
async function startRouter(
  regions: RegionSet,
  held: readonly HeldSocket[] = [],
  more: readonly string[] = [],
): Promise<[ChildProcess, Doors]> {
  const doors =
    held.length > 0 ? ["--http", "fd:3", "--resp", "fd:4"] : ["--http", "127.0.0.1:0", "--resp", "127.0.0.1:0"];
  const reached = regions.names.flatMap((name) => {
    return ["--region", `${name}=http://${regions.address(name, "rest")},redis://${regions.address(name, "resp")}`];
  });
  const words = [...PROGRAM.args, "router", ...doors, ...reached, "--ready-json", ...more];
  const child = spawn(PROGRAM.command, words, { stdio: ["ignore", "pipe", "ignore", ...held.map(({ fd }) => fd)] });
  routers.push(child);
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once("line", resolve));
  return [child, JSON.parse(line) as Doors];
}

/** Requests without a pause on several connections, until it is stopped; how each was answered. */
function load(origin: string): { stop(): Promise<readonly string[]> } {
  const agent = new Agent({ connections: 8, pipelining: 1 });
  const outcomes: string[] = [];
  let goesOn = true;
  const one = async (worker: number): Promise<void> => {
    while (goesOn) {
      try {
        const reply = await request(`${origin}/incr/k${worker}`, {
          method: "POST",
          dispatcher: agent,
          headers: { authorization: `Bearer ${TOKEN}` },
        });
        const text = await reply.body.text();
        outcomes.push(reply.statusCode === 200 ? String(reply.headers["x-region"]) : `${reply.statusCode} ${text}`);
      } catch (error) {
        outcomes.push(String(error));
      }
    }
  };
  const workers = Array.from({ length: 8 }, (_, worker) => one(worker));
  return {
    async stop() {
      goesOn = false;
      await Promise.all(workers);
      await agent.close();
      return outcomes;
    },
  };
}

const ended = (child: ChildProcess): Promise<unknown> =>
  child.exitCode === null ? new Promise((resolve) => child.once("exit", resolve)) : Promise.resolve();

const failuresAmong = (outcomes: readonly string[], regions: readonly string[]): readonly string[] =>
  outcomes.filter((outcome) => !regions.includes(outcome));

describe("restarts that nobody notices", () => {
  test("of the router: the next one takes over the sockets, no request fails, each counter is exact", async () => {
    set = await RegionSet.create(scratch, ["solo"]);
    await set.start("solo");
    const held = [hold("127.0.0.1", 0, 4), hold("127.0.0.1", 0, 4)];
    const address: { port?: number } = {};
    held[0]!.getsockname(address);
    const [first, { http }] = await startRouter(set, held);
    let router = first;
    expect(http).toBe(`127.0.0.1:${address.port}`);
    const traffic = load(`http://${http}`);
    for (let restart = 0; restart < 2; restart++) {
      const [next] = await startRouter(set, held);
      router.kill("SIGTERM");
      await ended(router);
      router = next;
    }
    const outcomes = await traffic.stop();
    for (const socket of held) socket.close();
    expect(failuresAmong(outcomes, ["solo"])).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(50);
    const counted = await set.client("solo").mget(Array.from({ length: 8 }, (_, worker) => `k${worker}`));
    expect(counted.reduce((sum, text) => sum + Number(text), 0)).toBe(outcomes.length);
  }, 90_000);

  test("of regions, one after the other: no request fails, an idle Redis session goes on as who it was", async () => {
    set = await RegionSet.create(scratch, ["us", "eu"]);
    const regions = set;
    await Promise.all(["us", "eu"].map((name) => regions.start(name)));
    const [, { http, resp }] = await startRouter(regions, [], ["--resp-resume", "--resp-failback-per-second", "0"]);
    redis = new Redis(Number(resp!.split(":")[1]), { retryStrategy: null, maxRetriesPerRequest: 0 });
    let closed = false;
    redis.on("close", () => (closed = true));
    redis.on("error", () => {});
    await redis.select(3);
    await redis.client("SETNAME", "steady");
    const traffic = load(`http://${http}`);
    for (const name of ["us", "eu"]) {
      await redis.set("k", name);
      await regions.stop(name);
      await regions.start(name);
      const moved = redis;
      await waitFor(
        "the router to use it again",
        async () => {
          const reply = await request(`http://${http}/regions`);
          const { regions: listed } = (await reply.body.json()) as { regions: { name: string; state: string }[] };
          return listed.every(({ state }) => state === "healthy" || state === "warming");
        },
        30_000,
      );
      expect(await moved.get("k")).toBe(name);
    }
    expect(await redis.client("INFO")).toMatch(/ name=steady .* db=3 /u);
    expect(closed).toBe(false);
    expect(failuresAmong(await traffic.stop(), ["us", "eu"])).toEqual([]);
  }, 120_000);
});
