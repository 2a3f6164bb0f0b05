import { describe, expect, test } from "vitest";
import { CommandWorld } from "./command-world.ts";

describe("connections", () => {
  test("PING and ECHO", () => {
    const world = new CommandWorld();
    expect(world.run("ping")).toBe("+PONG");
    expect(world.run("ping hello")).toBe("hello");
    expect(world.run("ping a b")).toBe("-ERR wrong number of arguments for 'ping' command");
    expect(world.run("echo hello")).toBe("hello");
  });

  test("SELECT", () => {
    const world = new CommandWorld();
    expect(world.run("select 15")).toBe("+OK");
    expect(world.run("select 16")).toBe("-ERR DB index is out of range");
    expect(world.run("select -1")).toBe("-ERR DB index is out of range");
    expect(world.run("select x")).toBe("-ERR value is not an integer or out of range");
    expect(world.first.db).toBe(15);
  });

  test("AUTH without a password configured", () => {
    const world = new CommandWorld();
    expect(world.run("auth x")).toMatch(/^-ERR AUTH <password> called without any password configured/u);
    expect(world.run("auth default x")).toBe("+OK");
    expect(world.run("auth bob x")).toBe("-WRONGPASS invalid username-password pair or user is disabled.");
    expect(world.run("auth a b c")).toBe("-ERR syntax error");
  });

  test("AUTH and HELLO with a password", () => {
    const world = new CommandWorld();
    world.run("config set requirepass secret");
    const client = world.connect();
    expect(world.run("get k", client)).toBe("-NOAUTH Authentication required.");
    expect(world.run("hello 3", client)).toMatch(
      /^-NOAUTH HELLO must be called with the client already authenticated/u,
    );
    expect(client.protocol).toBe(2);
    expect(world.run("auth wrong", client)).toBe("-WRONGPASS invalid username-password pair or user is disabled.");
    expect(world.run("hello 3 auth default wrong", client)).toMatch(/^-WRONGPASS/u);
    expect(world.run("hello 3 auth default secret setname me", client)).toMatchObject({ map: expect.anything() });
    expect([client.protocol, client.name, client.authenticated]).toEqual([3, "me", true]);
    expect(world.run("reset", client)).toBe("+RESET");
    expect([client.protocol, client.name, client.authenticated]).toEqual([2, "", false]);
    expect(world.run("auth secret", client)).toBe("+OK");
    expect(world.run("quit", world.connect("resp", "all", false))).toBe("+OK");
  });

  test("HELLO", () => {
    const world = new CommandWorld();
    expect(world.run("hello")).toEqual({
      map: [
        ["server", "redis"],
        ["version", "7.2.5"],
        ["proto", 2],
        ["id", 1],
        ["mode", "standalone"],
        ["role", "master"],
        ["modules", []],
      ],
    });
    expect(world.run("hello 4")).toBe("-NOPROTO unsupported protocol version");
    expect(world.run("hello x")).toBe("-ERR Protocol version is not an integer or out of range");
    expect(world.run("hello 3 foo")).toBe("-ERR Syntax error in HELLO option 'foo'");
    expect(world.run("hello 3 auth a")).toBe("-ERR Syntax error in HELLO option 'auth'");
    expect(world.run(["hello", "3", "setname", "a b"])).toMatch(/^-ERR Client names cannot contain spaces/u);
    world.run("hello 3");
    expect(world.first.protocol).toBe(3);
  });

  test("QUIT ends the connection after its reply", () => {
    const world = new CommandWorld();
    expect(world.done("quit")).toMatchObject({ close: true });
  });

  test("RESET forgets everything about the connection", () => {
    const world = new CommandWorld();
    for (const words of ["select 3", "client setname x", "client no-touch on", "watch k", "multi"]) world.run(words);
    expect(world.run("reset")).toBe("+RESET");
    const { db, name, noTouch, transaction, watched } = world.first;
    expect([db, name, noTouch, transaction, watched.size]).toEqual([0, "", false, null, 0]);
  });
});

describe("CLIENT", () => {
  test("ID, names and library", () => {
    const world = new CommandWorld();
    expect(world.run("client id")).toBe(1);
    expect(world.run("client getname")).toBe(null);
    expect(world.run("client setname me")).toBe("+OK");
    expect(world.run("client getname")).toBe("me");
    expect(world.run(["client", "setname", "a b"])).toMatch(/^-ERR Client names cannot contain/u);
    expect(world.run("client setinfo lib-name ioredis")).toBe("+OK");
    expect(world.run("client setinfo LIB-VER 6.0.0")).toBe("+OK");
    expect(world.run("client setinfo foo bar")).toBe("-ERR Unrecognized option 'foo'");
    expect(world.run(["client", "setinfo", "lib-name", "a b"])).toBe(
      "-ERR lib-name cannot contain spaces, newlines or special characters.",
    );
    expect(world.run("client info")).toMatch(
      /^id=1 addr=127\.0\.0\.1:5001 .* name=me .* cmd=client\|info user=default redir=-1 resp=2 lib-name=ioredis lib-ver=6\.0\.0\n$/u,
    );
  });

  test("LIST", () => {
    const world = new CommandWorld();
    world.connect();
    world.connect("rest");
    expect((world.run("client list") as string).split("\n").length).toBe(3);
    expect(world.run("client list id 2 7")).toMatch(/^id=2 [^\n]*\n$/u);
    expect(world.run("client list type pubsub")).toBe("");
    expect(world.run("client list type foo")).toBe("-ERR Unknown client type 'foo'");
    expect(world.run("client list id x")).toBe("-ERR Invalid client ID");
    expect(world.run("client list foo")).toBe("-ERR syntax error");
    world.advance(3000);
    expect(world.run("client list id 2")).toMatch(/ age=3 idle=3 flags=N db=0 /u);
  });

  test("LIST counts how long a client is silent, whatever is done to the wall clock", () => {
    const world = new CommandWorld();
    const other = world.connect();
    world.advance(2000);
    world.run("ping", other);
    world.advance(1500);
    world.engine.clock.jump(3_600_000);
    expect(world.run(`client list id ${other.id}`)).toContain(" idle=1 ");
    world.engine.clock.jump(-7_200_000);
    expect(world.run(`client list id ${other.id}`)).toContain(" idle=1 ");
  });

  test("KILL", () => {
    const world = new CommandWorld();
    world.connect();
    world.connect();
    expect(world.run("client kill 127.0.0.1:5002")).toBe("+OK");
    expect(world.run("client kill 1.2.3.4:5")).toBe("-ERR No such client");
    expect(world.run("client kill id 3")).toBe(1);
    expect(world.killed).toEqual([2, 3]);
    expect(world.run("client kill type normal")).toBe(2);
    expect(world.done("client kill id 1 skipme no")).toMatchObject({ reply: 1, close: true });
    expect(world.run("client kill addr 127.0.0.1:5003 user default")).toBe(1);
    expect(world.run("client kill laddr nowhere")).toBe(0);
    expect(world.run("client kill id 0")).toBe("-ERR client-id should be greater than 0");
    expect(world.run("client kill id x")).toBe("-ERR client-id should be greater than 0");
    expect(world.run("client kill user bob")).toBe("-ERR No such user 'bob'");
    expect(world.run("client kill type foo")).toBe("-ERR Unknown client type 'foo'");
    expect(world.run("client kill addr a skipme maybe")).toBe("-ERR syntax error");
    expect(world.run("client kill a b")).toBe("-ERR syntax error");
    expect(world.run("client kill a b c")).toBe("-ERR syntax error");
  });

  test("settings that are remembered, and what is not supported", () => {
    const world = new CommandWorld();
    expect(world.run("client no-evict on")).toBe("+OK");
    expect(world.run("client no-touch on")).toBe("+OK");
    expect(world.run("client info")).toMatch(/ flags=eT /u);
    expect(world.run("client no-evict x")).toBe("-ERR syntax error");
    expect(world.run("client tracking off")).toBe("+OK");
    expect(world.run("client tracking x")).toBe("-ERR syntax error");
    expect(world.run("client trackinginfo")).toEqual({
      map: [
        ["flags", { set: ["off"] }],
        ["redirect", -1],
        ["prefixes", []],
      ],
    });
    expect(world.run("client getredir")).toBe(-1);
    expect(world.run("client caching yes")).toMatch(/^-ERR CLIENT CACHING can be called only/u);
    expect(world.run("client unblock 1")).toBe(0);
    expect(world.run("client unblock x")).toBe("-ERR value is not an integer or out of range");
    expect(world.run("client unblock 1 foo")).toBe("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    expect(world.run("client help")).toEqual(expect.arrayContaining(["+HELP"]));
  });
});
