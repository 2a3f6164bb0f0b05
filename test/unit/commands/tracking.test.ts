import { describe, expect, test } from "vitest";
import { TrackingTable } from "../../../src/commands/tracking/tracking-table.ts";
import type { ClientSession } from "../../../src/commands/client-session.ts";
import { EngineRegion } from "../../support/engine-world.ts";
import { CommandWorld, type Plain } from "./command-world.ts";

/** A world, and a client of it that speaks RESP3 and tracks. */
function tracking(words = ""): { world: CommandWorld; client: ClientSession; told: () => Promise<Plain[]> } {
  const world = new CommandWorld();
  const client = world.connect();
  world.run("hello 3", client);
  expect(world.run(`client tracking on${words}`, client)).toBe("+OK");
  /** What the client was told, once this turn is over. */
  const told = async (): Promise<Plain[]> => {
    await Promise.resolve();
    return world.messages().map(([id, message]) => (id === client.id ? message : [id, message]));
  };
  return { world, client, told };
}

const invalidate = (...keys: string[]): Plain => ["invalidate", keys];

describe("CLIENT TRACKING", () => {
  test("a key that was read is told once when it changes, and again only after it was read again", async () => {
    const { world, client, told } = tracking();
    for (const words of ["get k", "mget a b", "hget h f", "set w 1"]) world.run(words, client);
    for (const words of ["set k 1", "set k 2", "hset h f 1", "set b 1", "set w 2", "set other 1"]) world.run(words);
    expect(await told()).toEqual([invalidate("k"), invalidate("h"), invalidate("b")]);
    world.run("get k", client);
    world.run("del k");
    expect(await told()).toEqual([invalidate("k")]);
    world.run("set k 3");
    expect(await told()).toEqual([]);
  });

  test("its own writes are told too, but with NOLOOP", async () => {
    for (const [words, expected] of [
      ["", [invalidate("k"), invalidate("l")]],
      [" noloop", [invalidate("l")]],
    ] as const) {
      const { world, client, told } = tracking(words);
      world.run("mget k l", client);
      world.run("set k 1", client);
      world.run("set l 1");
      expect(await told()).toEqual(expected);
    }
  });

  test("inside a transaction: what it reads, and what it writes", async () => {
    const { world, client, told } = tracking();
    for (const words of ["multi", "get a", "get b", "exec"]) world.run(words, client);
    for (const words of ["multi", "set a 1", "set b 1", "set a 2", "exec"]) world.run(words);
    expect(await told()).toEqual([invalidate("a"), invalidate("b")]);
  });

  test("inside a script: what it reads, and what it writes", async () => {
    const { world, client, told } = tracking();
    world.run(["eval", "return redis.call('get', KEYS[1])", "1", "a"], client);
    world.run(["eval", "return redis.call('set', KEYS[1], 'v')", "1", "a"]);
    expect(await told()).toEqual([invalidate("a")]);
  });

  test("what a peer writes is told like any other change", async () => {
    const { world, client, told } = tracking();
    const peer = new EngineRegion("eu-west", ["us-east", "eu-west"]);
    world.run("get k", client);
    peer.set("k", "v");
    world.engine.replica.receive(peer.log.records[0]!);
    expect(await told()).toEqual([invalidate("k")]);
  });

  test("E7: so is the end of a key that was read, though nobody writes it", async () => {
    const { world, client, told } = tracking();
    world.run("set k v px 150");
    world.run("set l v px 150");
    world.run("get k", client);
    await told();
    world.advance(100);
    expect(await told()).toEqual([]);
    world.advance(100);
    expect(await told()).toEqual([invalidate("k")]);
  });

  test("FLUSHALL says that everything changed, once", async () => {
    const { world, client, told } = tracking();
    world.run("mget a b", client);
    world.run("flushall");
    expect(await told()).toEqual([["invalidate", null]]);
    world.run("set a 1");
    expect(await told()).toEqual([]);
  });

  test("OPTIN and OPTOUT: CLIENT CACHING is for the next command, or the next transaction", async () => {
    const optin = tracking(" optin");
    for (const words of [
      "get a",
      "client caching yes",
      "get b",
      "get c",
      "client caching yes",
      "multi",
      "get d",
      "exec",
      "get e",
    ]) {
      optin.world.run(words, optin.client);
    }
    optin.world.run("mset a 1 b 1 c 1 d 1 e 1");
    expect(await optin.told()).toEqual([invalidate("b"), invalidate("d")]);
    const optout = tracking(" optout");
    for (const words of ["client caching no", "get a", "get b"]) optout.world.run(words, optout.client);
    optout.world.run("mset a 1 b 1");
    expect(await optout.told()).toEqual([invalidate("b")]);
  });

  test("BCAST tells every key below a prefix, read or not, and what expires there", async () => {
    const { world, client, told } = tracking(" bcast prefix user: prefix s");
    world.run("mset user:1 a user:2 b other 1 s c user: d");
    expect(await told()).toEqual([invalidate("user:1", "user:2", "user:"), invalidate("s")]);
    world.run("set user:1 a px 50");
    await told();
    world.advance(100);
    expect(await told()).toEqual([invalidate("user:1")]);
    expect(world.run("client tracking on bcast prefix t noloop", client)).toBe("+OK");
    world.run("mset s 1 t 1", client);
    world.run("set t 1");
    expect(await told()).toEqual([invalidate("t")]);
    world.run("client tracking off", client);
    world.run("set s 1");
    expect(await told()).toEqual([]);
  });

  test("BCAST without prefixes is about every key", async () => {
    const { world, told } = tracking(" bcast");
    world.run("set anything 1");
    expect(await told()).toEqual([invalidate("anything")]);
  });

  test("REDIRECT tells another client: by a message of its channel in RESP2, which must listen", async () => {
    const { world, client, told } = tracking();
    const other = world.connect();
    world.run(`client tracking on redirect ${other.id}`, client);
    world.run("get k", client);
    world.run("set k 1");
    expect(await told()).toEqual([]);
    world.run("subscribe __redis__:invalidate", other);
    world.run("get k", client);
    world.run("set k 1");
    world.run("flushall");
    expect(await told()).toEqual([
      [other.id, ["message", "__redis__:invalidate", ["k"]]],
      [other.id, ["message", "__redis__:invalidate", null]],
    ]);
    expect(world.run("client getredir", client)).toBe(other.id);
    expect(world.run(`client list id ${client.id}`)).toMatch(new RegExp(` flags=t .* redir=${other.id} `, "u"));
    world.dispatcher.disconnected(other);
    world.run("get k", client);
    world.run("set k 1");
    expect(await told()).toEqual([["tracking-redir-broken", other.id]]);
    expect(world.run("client trackinginfo", client)).toEqual({
      map: [
        ["flags", { set: ["on", "broken_redirect"] }],
        ["redirect", other.id],
        ["prefixes", []],
      ],
    });
  });

  test("a RESP2 connection that tracks by itself is told nothing, as in Redis", async () => {
    const { world, client, told } = tracking();
    world.run("hello 2", client);
    world.run("get k", client);
    world.run("set k 1");
    expect(await told()).toEqual([]);
  });

  test("RESET and the end of the connection end it", async () => {
    const { world, client, told } = tracking(" bcast");
    world.run("reset", client);
    expect(world.run("client getredir", client)).toBe(-1);
    world.run("client tracking on", client);
    world.run("get k", client);
    expect(world.run("info all")).toMatch(
      /tracking_clients:1\r\n[^]*tracking_total_keys:1\r\ntracking_total_items:1\r\n/u,
    );
    world.dispatcher.disconnected(client);
    world.run("set k 1");
    expect(await told()).toEqual([]);
    expect(world.run("info all")).toMatch(
      /tracking_clients:0\r\n[^]*tracking_total_keys:0\r\ntracking_total_items:0\r\n/u,
    );
  });

  test("the table is bounded: what was read longest ago is said to have changed", async () => {
    const { world, client, told } = tracking();
    world.run("config set tracking-table-max-keys 2");
    for (const key of ["a", "b", "c"]) world.run(`get ${key}`, client);
    expect(await told()).toEqual([invalidate("a")]);
    expect(world.dispatcher.server.tracking).toBeInstanceOf(TrackingTable);
    expect(world.dispatcher.server.tracking.keys).toBe(2);
  });

  test("refusals, in Redis' words", () => {
    const world = new CommandWorld();
    const script: readonly (readonly [words: string, reply: string])[] = [
      [
        "client caching yes",
        "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
      ],
      ["client tracking on redirect 999", "The client ID you want redirect to does not exist"],
      ["client tracking on redirect x", "value is not an integer or out of range"],
      ["client tracking on redirect 1 redirect 1", "A client can only redirect to a single other client"],
      ["client tracking on prefix a", "PREFIX option requires BCAST mode to be enabled"],
      ["client tracking on optin optout", "You can't specify both OPTIN mode and OPTOUT mode"],
      ["client tracking on bcast optin", "OPTIN and OPTOUT are not compatible with BCAST"],
      ["client tracking on nonsense", "syntax error"],
      ["client tracking maybe", "syntax error"],
      [
        "client tracking on bcast prefix a prefix ab",
        "Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap.",
      ],
    ];
    for (const [words, reply] of script) expect([words, world.run(words)]).toEqual([words, `-ERR ${reply}`]);
    world.run("client tracking on optin");
    expect(world.run("client caching no")).toMatch(/only valid when tracking is enabled in OPTOUT mode/u);
    expect(world.run("client caching maybe")).toBe("-ERR syntax error");
    expect(world.run("client tracking on optout")).toMatch(/^-ERR You can't switch OPTIN\/OPTOUT mode/u);
    expect(world.run("client tracking on bcast")).toMatch(/^-ERR You can't switch BCAST mode/u);
    world.run("client tracking off");
    world.run("client tracking on bcast prefix p:");
    expect(world.run("client tracking on bcast prefix p:x")).toMatch(/overlaps with an existing prefix 'p:'/u);
    expect(world.run("client caching yes")).toMatch(/only valid when tracking is enabled in OPTIN mode/u);
  });
});
