import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { RouterWorld } from "./router-world.ts";

let world: RouterWorld;

beforeEach(async () => {
  world = await new RouterWorld().start();
});

afterEach(() => world.stop());

describe("RESP", () => {
  test("is spliced to the nearest region", async () => {
    const bare = await world.connect("resp");
    bare.send("PING\r\n");
    await world.until("a reply", () => bare.text === "+near PING\r\n");
    bare.send("ONE\r\nTWO\r\n");
    await world.until("the replies", () => bare.text.endsWith("+near ONE\r\n+near TWO\r\n"));
  });

  test("what a client says before the region is connected is not lost", async () => {
    const bare = await world.connect("resp");
    for (let line = 0; line < 100; line++) bare.send(`LINE${line}\r\n`);
    await world.until("all of it arrives", () => world.near.lines.length === 100);
    expect(world.near.lines[99]).toBe("LINE99");
  });

  test("both ends are closed at once when the region goes down, and the next connection goes elsewhere", async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => world.connect("resp")));
    for (const bare of connections) bare.send("PING\r\n");
    await world.until("replies", () => connections.every((bare) => bare.text !== ""));
    world.near.silent = true;
    const closedMs = await world.until("all are closed", () => connections.every((bare) => bare.closed));
    expect(closedMs).toBeLessThanOrEqual(2000);
    await world.until("the region's ends too", () => world.near.respConnections === 0);
    const again = await world.connect("resp");
    again.send("PING\r\n");
    await world.until("a reply from elsewhere", () => again.text === "+mid PING\r\n");
    expect((await world.admin("/metrics")).text).toContain(
      'antipode_router_resp_connections_total{region="near",outcome="region-down"} 20',
    );
  });

  test("a connection to a killed region is closed by its reset", async () => {
    const bare = await world.connect("resp");
    bare.send("PING\r\n");
    await world.until("a reply", () => bare.text !== "");
    world.near.kill();
    await world.until("it is closed", () => bare.closed);
  });

  test("if the chosen region cannot be connected to, the next one is taken; its HTTP side stays in use", async () => {
    await world.near.closeResp();
    for (let count = 0; count < 8; count++) {
      const bare = await world.connect("resp");
      bare.send("PING\r\n");
      await world.until("a reply", () => bare.text === "+mid PING\r\n");
    }
    expect((await world.ask("/get/k")).headers["x-region"]).toBe("near");
  });

  test("if none can be, the client is told in Redis' words", async () => {
    for (const region of [world.near, world.mid, world.far]) await region.closeResp();
    const bare = await world.connect("resp");
    await world.until("it is closed", () => bare.closed);
    expect(bare.text).toBe("-ERR no region could be reached; try again\r\n");
  });

  test("a client that does not read holds its region back, and loses nothing", async () => {
    const bare = await world.connect("resp");
    bare.socket.pause();
    bare.send("BULK\r\n");
    await world.until("the command arrives", () => world.near.lines.length === 1);
    bare.socket.resume();
    await world.until("32 MB", () => bare.bytes === 32 * 1024 * 1024, 10_000);
  });

  test("one side's end is passed on, and what the other still has to say arrives", async () => {
    const bare = await world.connect("resp");
    bare.send("QUIT\r\n");
    bare.socket.end();
    await world.until("it is closed", () => bare.closed);
    expect(bare.text).toBe("+near QUIT\r\n+bye\r\n");
  });

  test("a client that leaves takes its connection to the region with it", async () => {
    const bare = await world.connect("resp");
    bare.send("PING\r\n");
    await world.until("a reply", () => bare.text !== "");
    bare.socket.resetAndDestroy();
    await world.until("the region's end is closed", () => world.near.respConnections === 0);
  });
});

test("connections beyond the limit are refused in Redis' words", async () => {
  await world.stop();
  world = await new RouterWorld().start({ ...ROUTER_LIMITS, resp: { ...ROUTER_LIMITS.resp, connectionsMax: 2 } });
  const first = await world.connect("resp");
  const second = await world.connect("resp");
  const third = await world.connect("resp");
  await world.until("the third is refused", () => third.closed);
  expect(third.text).toBe("-ERR max number of clients reached\r\n");
  first.socket.destroy();
  await world.until("there is room again", () => world.near.respConnections === 1);
  const fourth = await world.connect("resp");
  fourth.send("PING\r\n");
  await world.until("a reply", () => fourth.text !== "");
  expect(second.closed).toBe(false);
});

test("a half-open connection is closed after its time", async () => {
  await world.stop();
  world = await new RouterWorld().start({ ...ROUTER_LIMITS, resp: { ...ROUTER_LIMITS.resp, halfOpenMs: 100 } });
  world.near.silent = true;
  const bare = await world.connect("resp");
  bare.socket.removeAllListeners("end");
  bare.send("BLPOP\r\n");
  await world.until("the command arrives", () => world.near.lines.length === 1);
  bare.socket.end();
  await world.until("it is closed", () => bare.closed, 1000);
});
