import { connect } from "node:net";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ChildProgram } from "../../../chaos/world/child-program.ts";
import { findPorts } from "../../../chaos/world/ports.ts";
import type { NodeReady } from "../../../chaos/world/start-world.ts";
import { hostPort, READ_ONLY_TOKEN, runProgram, Scratch, startNode, TOKEN, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const running: ChildProgram<unknown>[] = [];
let node: ChildProgram<NodeReady>;

beforeAll(async () => {
  node = await startNode({ data: scratch.directory() });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.kill()));
});
afterAll(async () => {
  await node.kill();
  scratch.clean();
});

/** Sends bytes and gathers what comes back until `enough`, or the connection ends. */
function talk(bytes: string | Buffer, enough: (text: string) => boolean, resp = node.ready.resp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(hostPort(resp));
    let text = "";
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (enough(text)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

const rest = async (
  path: string,
  init: RequestInit = {},
  token = TOKEN,
): Promise<{ status: number; body: unknown }> => {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
  const response = await fetch(`http://${node.ready.rest}${path}`, { ...init, headers });
  return { status: response.status, body: await response.json() };
};
const post = (body: string | Buffer, path = "/"): ReturnType<typeof rest> =>
  rest(path, { method: "POST", body: body as NonNullable<RequestInit["body"]> });

describe("bad input over the Redis protocol", () => {
  it.each([
    ["*3000000000\r\n", "-ERR Protocol error: invalid multibulk length"],
    ["*1\r\n$2000000000\r\n", "-ERR Protocol error: invalid bulk length"],
    ["*1\r\n$-5\r\n", "-ERR Protocol error: invalid bulk length"],
    ["*1\r\n+PING\r\n", "-ERR Protocol error: expected '$', got '+'"],
    ['SET "a\r\n', "-ERR Protocol error: unbalanced quotes in request"],
    ["x".repeat(70_000), "-ERR Protocol error: too big inline request"],
  ])("%j is answered in Redis' words and the connection ends", async (bytes, answer) => {
    expect(await talk(bytes, () => false)).toBe(`${answer}\r\n`);
  });

  it("half a command waits for its other half, and everything before it is answered", async () => {
    expect(await talk("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGE", (text) => text.includes("+PONG"))).toBe("+PONG\r\n");
  });

  it("wrong arity, wrong type, unknown commands", async () => {
    const asked = "GET\r\nHSET h f v\r\nGET h\r\nNOPE a b\r\nSET k v EX nan\r\nINCRBY h 1\r\nPING\r\n";
    const text = await talk(asked, (soFar) => soFar.endsWith("+PONG\r\n"));
    expect(text.split("\r\n")).toEqual([
      "-ERR wrong number of arguments for 'get' command",
      ":1",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' ",
      "-ERR value is not an integer or out of range",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "+PONG",
      "",
    ]);
  });

  it("keys and values are bytes", async () => {
    const client = new Redis(hostPort(node.ready.resp));
    const key = Buffer.from([0, 255, 13, 10, 128]);
    const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await client.set(key, value);
    expect(await client.getBuffer(key)).toEqual(value);
    await client.hset("bytes", key, value);
    expect(await client.hgetBuffer("bytes", key)).toEqual(value);
    client.disconnect();
  });

  it("a value of 20 MB, and a pipeline of 50,000 commands in one write", async () => {
    const client = new Redis(hostPort(node.ready.resp));
    const big = "b".repeat(20 * 1024 * 1024);
    await client.set("big", big);
    expect((await client.get("big"))!.length).toBe(big.length);
    client.disconnect();
    const commands = "*2\r\n$4\r\nINCR\r\n$5\r\nburst\r\n".repeat(50_000);
    const text = await talk(commands, (soFar) => soFar.endsWith(":50000\r\n"));
    expect(text.split("\r\n")).toHaveLength(50_001);
  });

  it("an HTTP request that strays here is cut off", async () => {
    expect(await talk("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a b\r\n", () => false)).toBe("");
  });
});

describe("bad input over REST", () => {
  it("numbers beyond 2^53 keep every digit", async () => {
    expect(await post('["SET","n",9007199254740993]')).toEqual({ status: 200, body: { result: "OK" } });
    expect(await post('["GET","n"]')).toEqual({ status: 200, body: { result: "9007199254740993" } });
    expect(await post('["INCRBY","n",1]')).toEqual({ status: 200, body: { result: "9007199254740994" } });
    expect((await post('["INCRBY","n",9223372036854775807]')).body).toEqual({
      error: "ERR increment or decrement would overflow",
    });
  });

  it("invalid UTF-8 is kept in paths and bodies, and read back in base64", async () => {
    await rest("/set/raw%FF%00", {
      method: "POST",
      body: Buffer.from([0, 255, 254]) as unknown as NonNullable<RequestInit["body"]>,
    });
    const read = await rest("/get/raw%FF%00", { headers: { "upstash-encoding": "base64" } });
    expect(Buffer.from((read.body as { result: string }).result, "base64")).toEqual(Buffer.from([0, 255, 254]));
  });

  it.each([
    ["", 400, "ERR empty command"],
    ["[]", 400, "ERR empty command"],
    ["{", 400, "ERR failed to parse"],
    ['["SET","k",null]', 400, "ERR null args are not supported"],
    ['["SET","k",{}]', 400, "ERR unsupported arg type"],
    ['["SET","k"]', 400, "ERR wrong number of arguments for 'set' command"],
    ['["MULTI"]', 400, "ERR"],
    ['["SUBSCRIBE","x"]', 400, "ERR"],
  ])("%j is %d with a clear error", async (body, status, error) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect((answer.body as { error: string }).error).toContain(error);
  });

  it("tokens that lie, and methods that do not exist", async () => {
    for (const token of ["", "wrong", `${TOKEN}x`]) expect((await rest("/ping", {}, token)).status).toBe(401);
    const readOnly = await rest("/set/a/b", { method: "POST" }, READ_ONLY_TOKEN);
    expect([readOnly.status, (readOnly.body as { error: string }).error]).toEqual([
      400,
      expect.stringContaining("NOPERM"),
    ]);
    expect((await rest("/get/a", {}, READ_ONLY_TOKEN)).status).toBe(200);
    expect((await rest("/get/a", { method: "DELETE" })).status).toBe(405);
    for (const syncToken of ["", "garbage", "eyJ9", "bnVsbA"]) {
      expect((await rest("/ping", { headers: { "upstash-sync-token": syncToken } })).status).toBe(200);
    }
  });

  it("a transaction is discarded whole, and an error while running stops nothing", async () => {
    const discarded = await post('[["SET","t","1"],["NOPE"]]', "/multi-exec");
    expect(discarded.status).toBe(400);
    expect((await post('["EXISTS","t"]')).body).toEqual({ result: 0 });
    const ran = await post('[["SET","t","word"],["INCR","t"],["GET","t"]]', "/multi-exec");
    expect(ran.body).toEqual([
      { result: "OK" },
      { error: "ERR value is not an integer or out of range" },
      { result: "word" },
    ]);
  });
});

describe("bad peers", () => {
  /** Two regions that know each other, the second possibly told something else. */
  const pair = async (second: {
    region?: string;
    secret?: string;
  }): Promise<readonly [ChildProgram<NodeReady>, ChildProgram<NodeReady>]> => {
    const [portA, portB] = (await findPorts(0, 2)) as [number, number];
    const a = await startNode({
      region: "a",
      data: scratch.directory(),
      args: ["--gossip", `127.0.0.1:${portA}`, "--peer", `b=ws://127.0.0.1:${portB}`, "--join-timeout-ms", "200"],
    });
    running.push(a);
    const b = await startNode({
      region: second.region ?? "b",
      data: scratch.directory(),
      args: [
        "--gossip",
        `127.0.0.1:${portB}`,
        "--peer",
        `${second.region === "a" ? "b" : "a"}=ws://127.0.0.1:${portA}`,
        "--join-timeout-ms",
        "200",
      ],
      environment: second.secret === undefined ? {} : { ANTIPODE_SECRET: second.secret },
    });
    running.push(b);
    return [a, b];
  };
  const lastError = async (of: ChildProgram<NodeReady>): Promise<string> => {
    const status = (await (await fetch(`http://${of.ready.admin}/status`)).json()) as {
      peers: { lastError: string | null }[];
    };
    return status.peers[0]?.lastError ?? "";
  };

  it("a peer with the wrong secret gets nothing, and both say why", async () => {
    const [a, b] = await pair({ secret: "wrong" });
    await waitFor("a says why", async () => (await lastError(a)).includes("does not prove the shared secret"));
    const clients = [a, b].map((one) => new Redis(hostPort(one.ready.resp)));
    await clients[0]!.set("k", "from-a");
    expect(await clients[1]!.get("k")).toBeNull();
    for (const client of clients) client.disconnect();
  });

  it("the same region name twice is refused, and both say so", async () => {
    const [a, b] = await pair({ region: "a" });
    await waitFor(
      "one says so",
      async () => (await lastError(a)).includes("unique") && (await lastError(b)).includes("unique"),
    );
  });

  it("garbage and oversized frames on the gossip address close that connection and nothing else", async () => {
    const [a, b] = await pair({});
    for (const bytes of [
      Buffer.from("garbage"),
      Buffer.alloc(3 * 1024 * 1024),
      Buffer.from([1, 0, 0, 0, 0, 0, 123, 125]),
    ]) {
      const closed = new Promise((resolve) => {
        const socket = new WebSocket(`ws://${a.ready.gossip}`);
        socket.on("open", () => socket.send(bytes));
        socket.on("error", () => {});
        socket.on("close", resolve);
      });
      await closed;
    }
    const clients = [a, b].map((one) => new Redis(hostPort(one.ready.resp)));
    await clients[0]!.set("k", "still-replicated");
    await waitFor("the peer has it", async () => (await clients[1]!.get("k")) === "still-replicated");
    for (const client of clients) client.disconnect();
  });

  it("a damaged log stops the start with a clear message; repaired, it is refilled by its peer", async () => {
    const [portA, portB] = (await findPorts(0, 2)) as [number, number];
    const data = scratch.directory();
    const gossip = (own: number, peer: string, port: number): string[] => [
      "--gossip",
      `127.0.0.1:${own}`,
      "--peer",
      `${peer}=ws://127.0.0.1:${port}`,
      "--join-timeout-ms",
      "200",
    ];
    const startA = (): Promise<ChildProgram<NodeReady>> =>
      startNode({ region: "a", data, args: gossip(portA, "b", portB) });
    let a = await startA();
    running.push(a);
    const b = await startNode({ region: "b", data: scratch.directory(), args: gossip(portB, "a", portA) });
    running.push(b);
    let clientA = new Redis({ ...hostPort(a.ready.resp), retryStrategy: () => null });
    const clientB = new Redis(hostPort(b.ready.resp));
    for (let index = 0; index < 20; index++) await clientA.set(`k${index}`, `value-${index}`);
    await waitFor("b has it all", async () => (await clientB.dbsize()) === 20);
    clientA.disconnect();
    await a.kill();
    const [segment] = readdirSync(join(data, "log")).filter((name) => name.endsWith(".log"));
    const path = join(data, "log", segment!);
    const bytes = readFileSync(path);
    const at = bytes.indexOf("value-5");
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    await expect(startA()).rejects.toThrow(/damaged.*antipode admin repair/u);
    const repaired = await runProgram(["admin", "repair", "--data", data]);
    expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringContaining("damaged")]);
    a = await startA();
    running.push(a);
    clientA = new Redis(hostPort(a.ready.resp));
    await waitFor("a is refilled", async () => (await clientA.dbsize()) === 20);
    for (let index = 0; index < 20; index++) expect(await clientA.get(`k${index}`)).toBe(`value-${index}`);
    clientA.disconnect();
    clientB.disconnect();
  });
});
