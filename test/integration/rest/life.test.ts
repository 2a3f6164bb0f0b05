import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ClientSession } from "../../../src/commands/client-session.ts";
import type { Executor, Outcome } from "../../../src/commands/executor.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import { RestWorld, TOKEN, type RestWorldOptions } from "./rest-world.ts";

const UNKNOWN = new ReplyError("UNKNOWN", "the outcome of this write is unknown");

/** A log that becomes durable only when told to; SLOW waits, BUG throws. */
class HeldLog implements Executor {
  readonly #inner: Executor;
  durableLsn = 0;
  slow = 0;
  cancelled = 0;
  gone = 0;
  #durable: () => void = () => {};
  #unknown: (reply: Reply) => void = () => {};

  constructor(inner: Executor) {
    this.#inner = inner;
  }
  get access(): Executor["access"] {
    return this.#inner.access;
  }
  execute(session: ClientSession, argv: readonly string[]): Outcome {
    if (argv[0] === "BUG") throw new Error("a defect");
    if (argv[0] !== "SLOW") return this.#inner.execute(session, argv);
    this.slow++;
    let resolve: () => void;
    const promise = new Promise<void>((settle) => (resolve = settle));
    return {
      kind: "suspended",
      done: promise.then(() => ({ kind: "done", reply: "cut short", lsn: 0, close: false })),
      cancel: () => {
        this.cancelled++;
        resolve();
      },
    };
  }
  executeAtomic(session: ClientSession, commands: readonly (readonly string[])[]): Outcome {
    return this.#inner.executeAtomic(session, commands);
  }
  connected(session: ClientSession): ReplyError | null {
    return this.#inner.connected(session);
  }
  disconnected(session: ClientSession): void {
    this.gone++;
    this.#inner.disconnected(session);
  }
  onDurable(listener: () => void): () => void {
    this.#durable = listener;
    return () => {};
  }
  onOutcomeUnknown(listener: (reply: Reply) => void): () => void {
    this.#unknown = listener;
    return () => {};
  }
  release(): void {
    this.durableLsn = Number.MAX_SAFE_INTEGER;
    this.#durable();
  }
  fail(): void {
    this.#unknown(UNKNOWN);
  }
}

const worlds: RestWorld[] = [];
let log: HeldLog;
async function start(options: RestWorldOptions = {}): Promise<RestWorld> {
  const world = await RestWorld.start({ wrap: (executor) => (log = new HeldLog(executor)), ...options });
  worlds.push(world);
  return world;
}
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.server.close()));
});

/** Still nothing, though a request sent after it has been answered. */
async function unanswered(world: RestWorld, answer: Promise<unknown>): Promise<boolean> {
  let isAnswered = false;
  void answer.then(() => (isAnswered = true));
  expect((await world.fetch("/ping")).status).toBe(200);
  return !isAnswered;
}

describe("durability", () => {
  it("a reply is held until the log is durable, reads of what was written too", async () => {
    const world = await start();
    const written = world.fetch("/set/a/1");
    await expect.poll(() => world.commands.run("get a")).toBe("1");
    const piped = world.post('[["GET","a"],["INCR","a"]]', "/pipeline");
    const atomic = world.post('[["INCR","b"]]', "/multi-exec");
    await expect.poll(() => world.commands.run("mget a b")).toEqual(["2", "1"]);
    for (const answer of [written, piped, atomic]) expect(await unanswered(world, answer)).toBe(true);
    log.release();
    expect((await written).body).toEqual({ result: "OK" });
    expect((await piped).body).toEqual([{ result: "1" }, { result: 2 }]);
    expect((await atomic).body).toEqual([{ result: 1 }]);
  });

  it("when the log fails, what it owed is said to be unknown", async () => {
    const world = await start();
    const written = world.fetch("/set/a/1");
    const piped = world.post('[["PING"],["SET","b","1"]]', "/pipeline");
    const atomic = world.post('[["SET","c","1"]]', "/multi-exec");
    await expect.poll(() => world.commands.run("exists a b c")).toBe(3);
    log.fail();
    const error = `${UNKNOWN.code} ${UNKNOWN.text}`;
    expect([(await written).status, (await written).body]).toEqual([400, { error }]);
    expect((await piped).body).toEqual([{ result: "PONG" }, { error }]);
    expect([(await atomic).status, (await atomic).body]).toEqual([400, { error }]);
  });
});

describe("clients that leave", () => {
  it("a command that waits is cancelled, and the rest of its pipeline does not run", async () => {
    const world = await start();
    const leaving = new AbortController();
    const answer = world
      .fetch("/pipeline", { method: "POST", body: '[["SLOW"],["SET","never","1"]]', signal: leaving.signal })
      .catch(() => "left");
    await expect.poll(() => log.slow).toBe(1);
    leaving.abort();
    expect(await answer).toBe("left");
    await expect.poll(() => [log.cancelled, log.gone]).toEqual([1, 1]);
    expect(world.commands.run("exists never")).toBe(0);
  });

  it("in the middle of a body, nothing runs and nothing stays", async () => {
    const world = await start();
    const socket = connect(world.address);
    const post = `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n`;
    socket.write(`${post}content-length: 8\r\n\r\n["PING"]${post}content-length: 100\r\n\r\n["SET","a"`);
    // The first of the two has been answered, so the second has arrived with it.
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    expect((await world.fetch("/exists/a")).body).toEqual({ result: 0 });
  });
});

describe("limits", () => {
  it("a body too large is refused at once by its length, and the connection goes on", async () => {
    const world = await start({ limits: { requestBytesMax: 1_000 } });
    const big = JSON.stringify(["SET", "k", "x".repeat(200_000)]);
    const answer = await world.post(big);
    const size = `Limit: 1000 bytes, Actual: ${big.length} bytes`;
    expect([answer.status, answer.body]).toEqual([400, { error: `ERR max request size exceeded. ${size}` }]);
    const post = `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n`;
    const next = `${post}content-length: 8\r\n\r\n["PING"]`;
    const text = await world.talk(`${post}content-length: ${big.length}\r\n\r\n${big}${next}`, (soFar) =>
      soFar.includes("PONG"),
    );
    expect(text).toContain("ERR max request size exceeded");
    expect(text).toContain('{"result":"PONG"}');
  });

  it("a body too large in chunks is refused when it has become so", async () => {
    const world = await start({ limits: { requestBytesMax: 1_000 } });
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    const text = await world.talk(
      `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(200)}0\r\n\r\n`,
      (soFar) => soFar.endsWith("}"),
    );
    expect(text).toMatch(/400 Bad Request[^]*ERR max request size exceeded\. Limit: 1000 bytes, Actual: \d+ bytes/u);
    expect((await world.fetch("/ping")).status).toBe(200);
  });

  it("all bodies together are bounded, and the bound is given back", async () => {
    const world = await start({ limits: { receivingBytesMax: 10_000 } });
    const half = `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 9000\r\n\r\n["ECHO","${"x".repeat(8_000)}`;
    const first = connect(world.address);
    first.write(half);
    const refused = async (): Promise<number> => (await world.post(`["ECHO","${"y".repeat(5_000)}"]`)).status;
    await expect.poll(refused).toBe(503);
    first.destroy();
    await expect.poll(refused).toBe(200);
    for (let round = 0; round < 5; round++) expect(await refused()).toBe(200);
  });

  it("strangers are refused before their body is received", async () => {
    const world = await start();
    const text = await world.talk("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n[", (soFar) =>
      soFar.endsWith("}"),
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /u);
  });

  it("values travel in paths, well above Node's own limit", async () => {
    const world = await start();
    const value = "x".repeat(120 * 1024);
    log.release();
    expect((await world.fetch(`/set/long/${value}`)).body).toEqual({ result: "OK" });
    expect((await world.fetch("/get/long")).body).toEqual({ result: value });
  });

  it("a token's commands are counted where a limit is set", async () => {
    const world = await start({ limits: { commandsPerDayMax: 3 } });
    log.release();
    expect((await world.post('[["PING"],["PING"]]', "/pipeline")).status).toBe(200);
    const refused = await world.post('[["PING"],["PING"]]', "/pipeline");
    expect([refused.status, refused.body]).toEqual([
      400,
      { error: "ERR max commands per day exceeded. Limit: 3, Actual: 4" },
    ]);
    expect((await world.fetch("/ping")).status).toBe(200);
  });

  it("connections beyond the limit are closed, and others served", async () => {
    const world = await start({ limits: { connectionsMax: 1 } });
    const first = connect(world.address);
    first.write(`GET /ping HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    await new Promise((resolve) => first.once("data", resolve));
    expect(await world.talk("GET /ping HTTP/1.1\r\nhost: x\r\n\r\n")).toBe("");
    first.destroy();
    await expect
      .poll(() => world.talk("GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
      .toContain("200 OK");
  });
});

describe("the end", () => {
  // Its time is far below the drain's: nothing may hold the drain up once everything is answered.
  it("a drain answers what has begun, hurries what waits, and takes nothing new", { timeout: 20_000 }, async () => {
    const world = await start();
    const held = world.fetch("/set/a/1");
    const slow = world.fetch("/SLOW");
    await expect.poll(() => [log.slow, world.commands.run("exists a")]).toEqual([1, 1]);
    const drained = world.server.drain(60_000);
    expect((await slow).body).toEqual({ result: "cut short" });
    await expect(fetch(`${world.url}/ping`)).rejects.toThrow();
    log.release();
    const answer = await held;
    expect([answer.body, answer.status]).toEqual([{ result: "OK" }, 200]);
    await drained;
  });

  it("a drain cuts what is left at its time, and idle connections at once", async () => {
    const world = await start();
    const idle = connect(world.address);
    idle.write(`GET /ping HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    await new Promise((resolve) => idle.once("data", resolve));
    const held = world.fetch("/set/a/1").catch(() => "cut");
    await expect.poll(() => world.commands.run("exists a")).toBe(1);
    const ended = new Promise((resolve) => idle.once("close", resolve));
    await world.server.drain(30);
    await ended;
    expect(await held).toBe("cut");
  });

  it("a defect is one request's answer, not the end of the process", async () => {
    const world = await start();
    const answer = await world.fetch("/BUG");
    expect([answer.status, answer.body]).toEqual([500, { error: "ERR internal error" }]);
    expect((await world.fetch("/ping")).status).toBe(200);
    expect(log.gone).toBe(2);
  });
});
