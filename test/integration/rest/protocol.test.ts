import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { READER, RestWorld, TOKEN } from "./rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
beforeEach(() => {
  world.commands.run("flushall");
});
afterAll(() => world.server.close());

const base64 = (bytes: string | Buffer): string => Buffer.from(bytes as string).toString("base64");

describe("forms of a request", () => {
  it("a path, in any method", async () => {
    expect((await world.fetch("/set/foo/bar/EX/100")).body).toEqual({ result: "OK" });
    expect((await world.fetch("/get/foo", { method: "POST" })).body).toEqual({ result: "bar" });
    expect((await world.fetch("/ttl/foo", { method: "PUT" })).body).toEqual({ result: 100 });
  });

  it("a body is the last argument, and the query follows it", async () => {
    const bytes = Uint8Array.from([0, 255, 34, 13, 10]);
    expect((await world.post(bytes, "/set/raw?EX=100&NX")).body).toEqual({ result: "OK" });
    expect((await world.fetch("/ttl/raw")).body).toEqual({ result: 100 });
    const read = await world.fetch("/get/raw", { headers: { "upstash-encoding": "base64" } });
    expect(read.body).toEqual({ result: base64(Buffer.from(bytes)) });
  });

  it("escapes in a path are bytes, other text is UTF-8", async () => {
    await world.fetch(`/set/${encodeURIComponent("ü/€?😀")}/%FF%00`);
    const read = await world.post(JSON.stringify(["GET", "ü/€?😀"]), "/", { "upstash-encoding": "base64" });
    expect(read.body).toEqual({ result: base64(Buffer.from([255, 0])) });
    expect((await world.fetch("/get/%C3%BC%2F%E2%82%AC%3F%F0%9F%98%80")).body).toEqual({ result: "\ufffd\u0000" });
    expect(await world.fetch("/get/%zz")).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("%zz") },
    });
  });

  it("a JSON array, numbers with all their digits", async () => {
    expect((await world.post('["SET","n",9007199254740993]')).body).toEqual({ result: "OK" });
    expect((await world.post('["INCRBY","n","1"]')).body).toEqual({ result: "9007199254740994" });
    const encoded = await world.post('["INCRBY","n",-1]', "/", { "upstash-encoding": "base64" });
    expect(encoded.body).toEqual({ result: base64("9007199254740993") });
    expect((await world.post('["SET","b",true]')).body).toEqual({ result: "OK" });
    expect((await world.post('["GET","b"]')).body).toEqual({ result: "true" });
  });

  it("a pipeline answers each command in its place", async () => {
    const answer = await world.post(
      '[["SET","a",1],["HSET","a","f","v"],["INCR","a"],["NOPE"],["GET"],["MULTI"]]',
      "/pipeline",
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([
      { result: "OK" },
      { error: "WRONGTYPE Operation against a key holding the wrong kind of value" },
      { result: 2 },
      { error: expect.stringContaining("ERR unknown command 'NOPE'") },
      { error: "ERR wrong number of arguments for 'get' command" },
      { error: expect.stringMatching(/^ERR .*multi/iu) },
    ]);
  });

  it("a transaction runs whole, errors in their place, or not at all", async () => {
    const ran = await world.post('[["SET","t","word"],["INCR","t"],["GET","t"]]', "/multi-exec");
    expect([ran.status, ran.body]).toEqual([
      200,
      [{ result: "OK" }, { error: "ERR value is not an integer or out of range" }, { result: "word" }],
    ]);
    for (const last of ['["NOPE"]', '["GET"]', '["WATCH","t"]']) {
      const discarded = await world.post(`[["SET","t","changed"],${last}]`, "/multi-exec");
      expect([discarded.status, Object.keys(discarded.body as object)]).toEqual([400, ["error"]]);
    }
    expect((await world.fetch("/get/t")).body).toEqual({ result: "word" });
  });

  it("HEAD answers a head", async () => {
    await world.fetch("/set/h/1");
    const answer = await world.fetch("/incr/h", { method: "HEAD" });
    expect([answer.status, answer.body, answer.headers.get("content-length")]).toEqual([200, null, "12"]);
    expect((await world.fetch("/get/h")).body).toEqual({ result: "2" });
    expect((await world.fetch("/get", { method: "HEAD" })).status).toBe(400);
  });

  it.each([
    "application/json",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "nonsense",
    ";;;",
    "a/b/c",
  ])("Content-Type %s is not looked at", async (type) => {
    expect((await world.post('["PING"]', "/", { "content-type": type })).body).toEqual({ result: "PONG" });
    expect((await world.post("a=b", "/echo", { "content-type": type })).body).toEqual({ result: "a=b" });
  });

  it("a body in chunks, without Content-Type, is read whole", async () => {
    const head = `POST / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`;
    expect(await world.talk(`${head}5\r\n["ECH\r\n7\r\nO","hi"\r\n1\r\n]\r\n0\r\n\r\n`)).toMatch(/\{"result":"hi"\}$/u);
  });

  it("requests that follow each other on one connection are answered in order", async () => {
    const one = (word: string): string =>
      `GET /echo/${word} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`;
    const text = await world.talk(one("a") + one("b") + one("c"), (soFar) => soFar.endsWith('"c"}'));
    expect(text.match(/"result":"."/gu)).toEqual(['"result":"a"', '"result":"b"', '"result":"c"']);
  });

  it("a target with scheme and host is read from its path on", async () => {
    const request = `GET http://x/echo/hi?_token=${TOKEN} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect(await world.talk(request)).toMatch(/\{"result":"hi"\}$/u);
  });
});

describe("rights", () => {
  it.each([
    ["none", null, ""],
    ["a wrong one", "wrong", ""],
    ["a longer one", `${TOKEN}x`, ""],
    ["an empty one", "", ""],
    ["a wrong one in the query", null, "?_token=wrong"],
  ])("401 with %s", async (_name, token, query) => {
    const answer = await world.fetch(`/set/a/b${query}`, { method: "POST" }, token);
    expect([answer.status, answer.body]).toEqual([
      401,
      { error: expect.stringMatching(/^WRONGPASS invalid or missing auth token/u) },
    ]);
    expect(world.commands.run("exists a")).toBe(0);
  });

  it("the token in the query is no argument", async () => {
    expect((await world.fetch(`/set/a/b?_token=${TOKEN}`, {}, null)).body).toEqual({ result: "OK" });
    expect((await world.fetch(`/set/a/c?EX=9&_token=${TOKEN}`, {}, null)).body).toEqual({ result: "OK" });
    expect((await world.fetch("/ttl/a")).body).toEqual({ result: 9 });
  });

  it("the read-only token reads, and neither writes nor lists keys", async () => {
    await world.fetch("/set/a/b");
    expect((await world.fetch("/get/a", {}, READER)).body).toEqual({ result: "b" });
    for (const path of ["/set/a/c", "/keys/*", "/scan/0", "/flushall"]) {
      const answer = await world.fetch(path, { method: "POST" }, READER);
      expect([answer.status, answer.body]).toEqual([400, { error: expect.stringMatching(/^NOPERM /u) }]);
    }
    const discarded = await world.post('[["GET","a"],["SET","a","c"]]', "/multi-exec", {}, READER);
    expect([discarded.status, discarded.body]).toEqual([400, { error: expect.stringMatching(/^NOPERM /u) }]);
    expect((await world.post('[["GET","a"],["DEL","a"]]', "/pipeline", {}, READER)).body).toEqual([
      { result: "b" },
      { error: expect.stringMatching(/^NOPERM /u) },
    ]);
  });
});

describe("refusals", () => {
  it.each(["DELETE", "PATCH", "TRACE", "PROPFIND"])(
    "405 for %s, with a body and an odd Content-Type too",
    async (method) => {
      const head = `${method} /get/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\nconnection: close\r\n`;
      for (const rest of ["\r\n", "content-type: ;;\r\ncontent-length: 2\r\n\r\nhi"]) {
        const text = await world.talk(head + rest);
        expect(text).toMatch(/^HTTP\/1\.1 405 /u);
        expect(text).toContain(`{"error":"ERR method ${method} is not allowed`);
      }
    },
  );

  it.each([
    ["", "ERR empty command"],
    ["[]", "ERR empty command"],
    ['["GET",null]', "ERR null args are not supported"],
    ['["GET",["a"]]', "ERR unsupported arg type"],
    ["{", "ERR failed to parse"],
    ['["NOPE"]', "ERR unknown command 'NOPE'"],
    ['["SUBSCRIBE","c"]', "ERR"],
    ['["BLPOP","l",0]', "ERR"],
    ['["SELECT",1]', "ERR"],
    ['["AUTH","x"]', "ERR"],
  ])("400 for %j: %s", async (body, error) => {
    const answer = await world.post(body);
    expect([answer.status, answer.body]).toEqual([400, { error: expect.stringContaining(error) }]);
  });

  it("400 for an unknown format, and formats that exclude each other", async () => {
    const status = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await world.post('[["PING"]]', path, headers)).status;
    expect(await status("/pipeline", { "upstash-response-format": "xml" })).toBe(400);
    expect(await status("/pipeline", { "upstash-response-format": "resp2", "upstash-encoding": "base64" })).toBe(400);
    expect(await status("/multi-exec", { "upstash-response-format": "resp2" })).toBe(400);
  });

  it("what is no HTTP is refused in JSON, and the next client is served", async () => {
    expect(await world.talk("*1\r\n$4\r\nPING\r\n")).toMatch(
      /^HTTP\/1\.1 400 [^]*\{"error":"ERR malformed HTTP request"\}$/u,
    );
    const text = await world.talk(`GET /get/${"x".repeat(300_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 [^]*\{"error":"ERR the request line and headers are too large"\}$/u);
    expect((await world.fetch("/ping")).status).toBe(200);
  });
});

describe("answers", () => {
  it("every one names its region, gives a sync token, is JSON and may be read by any page", async () => {
    const answers = [
      await world.fetch("/ping"),
      await world.fetch("/nope"),
      await world.fetch("/ping", {}, null),
      await world.fetch("/ping", { method: "DELETE" }),
      await world.fetch("/readyz", {}, null),
      await world.fetch("/get/%"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 401, 405, 200, 400]);
    for (const { headers, body } of answers) {
      expect(headers.get("x-region")).toBe("us-east");
      expect(headers.get("upstash-sync-token")).toMatch(/^[\w-]+$/u);
      expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(typeof body).toBe("object");
    }
  });

  it("CORS preflight needs no token", async () => {
    const answer = await world.fetch("/pipeline", { method: "OPTIONS" }, null);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-methods")).toContain("POST");
    expect(answer.headers.get("access-control-allow-headers")).toContain("Authorization");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await world.talk("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 204 /u);
  });

  it("base64: all strings but a status OK at the top, each item of a pipeline and a transaction by itself", async () => {
    const headers = { "upstash-encoding": "base64" };
    const commands = '[["SET","k","OK"],["GET","k"],["PING"],["MGET","k","none"],["INCR","k"]]';
    const expected = [
      { result: "OK" },
      { result: base64("OK") },
      { result: base64("PONG") },
      { result: [base64("OK"), null] },
      { error: "ERR value is not an integer or out of range" },
    ];
    expect((await world.post(commands, "/pipeline", headers)).body).toEqual(expected);
    expect((await world.post(commands, "/multi-exec", headers)).body).toEqual(expected);
  });

  it("RESP2 as over TCP", async () => {
    const read = async (path: string, body: string): Promise<[number, string | null, string]> => {
      const response = await fetch(`${world.url}${path}`, {
        method: "POST",
        body,
        headers: { authorization: `Bearer ${TOKEN}`, "upstash-response-format": "resp2" },
      });
      const bytes = Buffer.from(await response.arrayBuffer()).toString("latin1");
      return [response.status, response.headers.get("content-type"), bytes];
    };
    await world.post(Uint8Array.from([255, 0]), "/set/raw");
    expect(await read("/", '["GET","raw"]')).toEqual([200, "application/octet-stream", "$2\r\n\u00ff\u0000\r\n"]);
    expect(await read("/pipeline", '[["SET","a",1],["GET"]]')).toEqual([
      200,
      "application/octet-stream",
      "+OK\r\n-ERR wrong number of arguments for 'get' command\r\n",
    ]);
    expect(await read("/", '["GET"]')).toEqual([
      400,
      "application/octet-stream",
      "-ERR wrong number of arguments for 'get' command\r\n",
    ]);
  });

  it("/readyz tells the router, without a token", async () => {
    expect(await world.fetch("/readyz", {}, null)).toMatchObject({
      status: 200,
      body: { region: "us-east", state: "ready", lagMs: 1 },
    });
    world.readiness = { ready: false, state: "joining", lagMs: 2_000 };
    expect(await world.fetch("/readyz", {}, null)).toMatchObject({
      status: 503,
      body: { state: "joining", lagMs: 2000 },
    });
    world.readiness = { ready: true, state: "ready", lagMs: 0 };
  });

  it("are counted by status", async () => {
    const before = world.server.answers.get(401) ?? 0;
    await world.fetch("/ping", {}, null);
    expect(world.server.answers.get(401)).toBe(before + 1);
  });
});

describe("sync tokens", () => {
  const THERE = "eu-west#1-abcd";
  const elsewhere = async (): Promise<string> => {
    const other = await RestWorld.start();
    other.arrive({ [THERE]: 7 });
    const token = (await other.fetch("/ping")).headers.get("upstash-sync-token")!;
    await other.server.close();
    return token;
  };

  it("differ after every write, and not after a read", async () => {
    const token = async (path: string): Promise<string | null> =>
      (await world.fetch(path)).headers.get("upstash-sync-token");
    const tokens = [await token("/set/a/1"), await token("/set/a/1"), await token("/incr/a"), await token("/get/a")];
    expect(new Set(tokens).size).toBe(3);
    expect(tokens[3]).toBe(tokens[2]);
  });

  it.each(["", "garbage", "0", "eyJ1cy1lYXN0IzEtMDAwMCI6OTk5fQ", "%%%"])(
    "%j is no token and no error",
    async (token) => {
      const answer = await world.fetch("/ping", { headers: { "upstash-sync-token": token } });
      expect([answer.status, answer.headers.get("x-antipode-stale")]).toEqual([200, null]);
    },
  );

  it("what is missing here is waited for", async () => {
    const headers = { "upstash-sync-token": await elsewhere() };
    const patient = await RestWorld.start({ limits: { syncWaitMs: 60_000 } });
    const answer = patient.fetch("/ping", { headers });
    await expect.poll(() => patient.arrived.size).toBe(1);
    patient.arrive({ [THERE]: 6 });
    patient.arrive({ [THERE]: 7 });
    expect([(await answer).status, (await answer).headers.get("x-antipode-stale")]).toEqual([200, null]);
    expect(patient.arrived.size).toBe(0);
    await patient.server.close();
  });

  it("what does not come in time is answered stale, or refused where that was asked for", async () => {
    const headers = { "upstash-sync-token": await elsewhere() };
    const hasty = await RestWorld.start({ limits: { syncWaitMs: 20 } });
    const stale = await hasty.fetch("/ping", { headers });
    expect([stale.status, stale.headers.get("x-antipode-stale"), stale.body]).toEqual([200, "1", { result: "PONG" }]);
    const refused = await hasty.post('["SET","a",1]', "/", { ...headers, "x-antipode-stale-policy": "error" });
    expect([refused.status, refused.body]).toEqual([
      503,
      { error: expect.stringMatching(/^ERR stale: region us-east/u) },
    ]);
    expect(hasty.commands.run("exists a")).toBe(0);
    await hasty.server.close();
  });

  it("what its router has seen pass for a client is waited for too, beside its own token", async () => {
    const headers = { "upstash-sync-token": "", "x-antipode-seen": await elsewhere() };
    const hasty = await RestWorld.start({ limits: { syncWaitMs: 20 } });
    const isStale = async (): Promise<string | null> =>
      (await hasty.fetch("/ping", { headers })).headers.get("x-antipode-stale");
    expect(await isStale()).toBe("1");
    headers["upstash-sync-token"] = (await hasty.fetch("/ping")).headers.get("upstash-sync-token")!;
    expect(await isStale()).toBe("1");
    hasty.arrive({ [THERE]: 7 });
    expect(await isStale()).toBe(null);
    await hasty.server.close();
  });

  it("a client that leaves is not waited for", async () => {
    const headers = { "upstash-sync-token": await elsewhere() };
    const patient = await RestWorld.start({ limits: { syncWaitMs: 60_000 } });
    const leaving = new AbortController();
    const answer = patient.post('["SET","a",1]', "/", headers).catch(() => "left");
    const aborted = patient.fetch("/incr/a", { headers, signal: leaving.signal }).catch(() => "left");
    await expect.poll(() => patient.arrived.size).toBe(2);
    leaving.abort();
    expect(await aborted).toBe("left");
    await expect.poll(() => patient.arrived.size).toBe(1);
    patient.arrive({ [THERE]: 7 });
    expect(await answer).toMatchObject({ status: 200 });
    expect(patient.commands.run("get a")).toBe("1");
    await patient.server.close();
  });
});
