import { afterEach, describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import type { RespLimits } from "../../../src/router/limits.ts";
import type { Bound } from "../../../src/router/token-bounds.ts";
import { RouterWorld } from "./router-world.ts";
import type { BareConnection } from "./router-world.ts";

let world: RouterWorld;

afterEach(() => world.stop());

async function open(
  resumesSessions: boolean,
  resp: Partial<RespLimits> = {},
  bounds: readonly Bound[] = [],
): Promise<void> {
  world = new RouterWorld();
  for (const region of [world.near, world.mid, world.far]) region.speaksResp = true;
  const health = { ...ROUTER_LIMITS.health, warmingMs: 100, ejectionMs: 300 };
  const choice = { ...ROUTER_LIMITS.choice, dwellMs: 0, shiftMs: 0, betterForRounds: 1, roundMs: 100 };
  const limits = { ...ROUTER_LIMITS, health, choice, resp: { ...ROUTER_LIMITS.resp, failbackPerSecond: 0, ...resp } };
  await world.start(limits, { resumesSessions, bounds });
}

/** A client that has sent these lines, and has an answer to each. */
async function client(...lines: readonly string[]): Promise<BareConnection> {
  const bare = await world.connect("resp");
  for (const line of lines) await ask(bare, line);
  return bare;
}

async function ask(bare: BareConnection, line: string): Promise<string> {
  const before = bare.text.length;
  bare.send(`${line}\r\n`);
  await world.until(`an answer to ${line}`, () => bare.text.length > before || bare.closed);
  return bare.text.slice(before);
}

const leave = (state = "draining"): void => {
  world.near.readyz = { status: 503, body: JSON.stringify({ region: "near", state }) };
};

describe("sessions that are resumed", () => {
  test("an idle one goes on in the next region as who it was, when its own is killed", async () => {
    await open(true);
    const alice = await client("HELLO 3", "AUTH alice secret", "SELECT 5", "CLIENT SETNAME worker", "GET k");
    const plain = await client();
    expect(await ask(alice, "WHOAMI")).toBe("+near alice 5 worker 3\r\n");
    await ask(plain, "PING");
    world.near.kill();
    await world.until("the loss is noticed", () => world.state("near") !== "healthy");
    // Sent to nobody yet: it waits for the next region.
    expect(await ask(alice, "WHOAMI")).toBe("+mid alice 5 worker 3\r\n");
    expect(await ask(plain, "WHOAMI")).toBe("+mid default 0  2\r\n");
    expect([alice.closed, plain.closed]).toEqual([false, false]);
    const { text } = await world.admin("/metrics");
    expect(text).toContain('antipode_router_resp_sessions_moved_total{from="near",to="mid"} 2');
    expect(text).toContain('antipode_router_resp_connections{region="near"} 0');
    expect(text).toContain('antipode_router_resp_connections{region="mid"} 2');
  });

  test.each([
    ["an unanswered command", "BLOCK"],
    ["half a command", "*2\r\n$3\r\nGET\r\n$1"],
    ["a transaction", "MULTI"],
    ["watched keys", "WATCH k"],
    ["a subscription", "SUBSCRIBE c"],
    ["tracking", "CLIENT TRACKING on"],
    ["what is no RESP", "*nonsense"],
  ])("one with %s is closed, at once", async (_what, words) => {
    await open(true);
    const bare = await client("PING");
    bare.send(`${words}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.near.kill();
    await world.until("it is closed", () => bare.closed, 1000);
    expect(world.mid.commands).toEqual([]);
  });

  test("a region that ends a connection by its own will has it ended", async () => {
    await open(true);
    const bare = await client("PING");
    world.near.endRespConnections();
    await world.until("it is closed", () => bare.closed);
    expect(world.mid.commands).toEqual([]);
    expect(world.state("near")).toBe("healthy");
  });

  test("who is not let in by the next region is closed", async () => {
    await open(true);
    const bare = await client("AUTH alice secret", "CLIENT SETNAME x");
    world.mid.speaksResp = false;
    world.near.kill();
    await world.until("it is closed", () => bare.closed);
  });

  test("if no region is left they are closed", async () => {
    await open(true);
    const bare = await client("PING");
    for (const region of [world.near, world.mid, world.far]) region.kill();
    await world.until("it is closed", () => bare.closed);
  });

  test("they leave a region that announces its end, with what they have seen; what is busy stays till it is done", async () => {
    await open(true);
    const idle = await client("PING");
    const busy = await client("MULTI");
    leave();
    await world.until("the idle one has moved", () => world.mid.respConnections === 1);
    await world.until("the next region knows what it has seen", () =>
      world.mid.commands.includes("ANTIPODE AWAIT token-near 500 STALE SERVE"),
    );
    expect(await ask(idle, "WHOAMI")).toBe("+mid default 0  2\r\n");
    expect(busy.closed).toBe(false);
    await ask(busy, "EXEC");
    await world.until("the other follows", () => world.mid.respConnections === 2);
    expect(await ask(busy, "WHOAMI")).toBe("+mid default 0  2\r\n");
  });

  test("they stay with a region that leaves while there is no other", async () => {
    await open(true);
    const bare = await client("PING");
    for (const region of [world.mid, world.far]) region.kill();
    await world.until("the others are down", () => world.state("mid") === "down" && world.state("far") === "down");
    leave();
    await world.until("near leaves", () => world.router.regions().some(({ degraded }) => degraded === "draining"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await ask(bare, "WHOAMI")).toBe("+near default 0  2\r\n");
    expect(world.near.commands).not.toContain("ANTIPODE TOKEN");
  });

  test("they are led back one by one once their nearest region is well again", async () => {
    await open(true, { failbackPerSecond: 20, failbackAfterMs: 200 });
    const clients = await Promise.all(Array.from({ length: 20 }, () => client("SELECT 1")));
    world.near.kill();
    await world.until("all have moved", () => world.mid.respConnections === 20);
    await world.near.restart();
    await world.until("the first is back", () => world.near.respConnections >= 1, 15_000);
    const tookMs = await world.until("all are back", () => world.near.respConnections === 20, 15_000);
    expect(tookMs).toBeGreaterThan(500);
    for (const bare of clients) expect(await ask(bare, "WHOAMI")).toBe("+near default 1  2\r\n");
    expect(clients.some((bare) => bare.closed)).toBe(false);
  }, 30_000);
});

describe("sessions that are not resumed", () => {
  test("are closed with their region, and when it leaves once nothing is owed", async () => {
    await open(false);
    const idle = await client("PING");
    const busy = await client("PING");
    busy.send("BLOCK\r\n");
    leave("leaving");
    await world.until("the idle one is closed", () => idle.closed);
    expect(busy.closed).toBe(false);
    expect(await ask(await client(), "WHOAMI")).toBe("+mid default 0  2\r\n");
    world.near.kill();
    await world.until("the busy one is closed", () => busy.closed);
  });

  test("are closed one by one, while idle, to be led back to the nearest region", async () => {
    await open(false, { failbackPerSecond: 20, failbackAfterMs: 200, failbackIdleMs: 100 });
    world.near.kill();
    await world.until("near is down", () => world.state("near") === "down");
    const clients = await Promise.all(Array.from({ length: 10 }, () => client("PING")));
    expect(world.mid.respConnections).toBe(10);
    await world.near.restart();
    await world.until("all are closed", () => clients.every((bare) => bare.closed), 15_000);
    expect(await ask(await client(), "WHOAMI")).toContain("+near ");
  }, 30_000);
});

describe("users bound to regions", () => {
  const bounds: readonly Bound[] = [{ kind: "user", name: "alice", regions: ["far"] }];

  test.each([false, true])("are served there from their first command on (resumed: %s)", async (resumes) => {
    await open(resumes, {}, bounds);
    expect(await ask(await client("AUTH alice secret"), "WHOAMI")).toBe("+far alice 0  2\r\n");
    expect(await ask(await client("HELLO 3 AUTH alice secret"), "WHOAMI")).toContain("+far ");
    expect(await ask(await client("AUTH bob secret"), "WHOAMI")).toContain("+near bob ");
    expect(await ask(await client(), "WHOAMI")).toContain("+near default ");
  });

  test("and never elsewhere: who turns into one on another region's connection is cut, with what it said", async () => {
    await open(true, {}, bounds);
    for (const words of ["AUTH alice secret", "HELLO 3 AUTH alice secret"]) {
      for (const before of ["PING", "SUBSCRIBE c"]) {
        const bare = await client(before);
        bare.send(`${words}\r\nSET secret v\r\n`);
        await world.until("it is cut", () => bare.closed);
      }
    }
    expect(world.near.commands.filter((command) => /alice|secret/u.test(command))).toEqual([]);
  });

  test("when theirs is down they are refused, or stay cut", async () => {
    await open(true, {}, bounds);
    const alice = await client("AUTH alice secret");
    world.far.kill();
    await world.until("she is cut off", () => alice.closed);
    const again = await world.connect("resp");
    again.send("AUTH alice secret\r\n");
    await world.until("she is refused", () => again.closed);
    expect(again.text).toContain("no region could be reached");
    expect(world.near.commands.concat(world.mid.commands)).toEqual([]);
  });
});
