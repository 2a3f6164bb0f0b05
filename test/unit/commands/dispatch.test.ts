import { describe, expect, test } from "vitest";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import { CommandWorld, plain } from "./command-world.ts";

describe("finding a command", () => {
  test("in any case", () => {
    const world = new CommandWorld();
    expect([world.run("PING"), world.run("ping"), world.run("PiNg")]).toEqual(["+PONG", "+PONG", "+PONG"]);
    expect(world.run("Config GET maxclients")).toEqual({ map: [["maxclients", "10000"]] });
  });

  test("an unknown one is named with its first arguments, in one line", () => {
    const world = new CommandWorld();
    expect(world.run("foo bar baz")).toBe("-ERR unknown command 'foo', with args beginning with: 'bar' 'baz' ");
    expect(world.run("foo")).toBe("-ERR unknown command 'foo', with args beginning with: ");
    expect(world.run(["foo\r\nbar", "x"])).toBe("-ERR unknown command 'foo  bar', with args beginning with: 'x' ");
    const long = world.run(["y".repeat(200), "x".repeat(200), "z"]);
    expect(long).toBe(`-ERR unknown command '${"y".repeat(128)}', with args beginning with: '${"x".repeat(128)}' `);
  });

  test("subcommands and numbers of words are checked", () => {
    const world = new CommandWorld();
    expect(world.run("get")).toBe("-ERR wrong number of arguments for 'get' command");
    expect(world.run("config")).toBe("-ERR wrong number of arguments for 'config' command");
    expect(world.run("config get")).toBe("-ERR wrong number of arguments for 'config|get' command");
    expect(world.run("config foo")).toBe("-ERR unknown subcommand 'foo'. Try CONFIG HELP.");
    expect(world.run([])).toBe("-ERR empty command");
  });
});

describe("gates", () => {
  test("stand in Redis' order: unknown, words, NOAUTH, rights, full disk, LOADING", () => {
    let loading = false;
    let full = false;
    const world = new CommandWorld({
      readiness: { refusal: () => (loading ? new ReplyError("LOADING", "wait") : null) },
      writeGate: { refusal: (grows) => (full && grows ? new ReplyError("MISCONF", "disk is full") : null) },
    });
    world.run("config set requirepass secret");
    const stranger = world.connect("resp", "read-only", false);
    loading = true;
    full = true;
    expect(world.run("foo", stranger)).toMatch(/unknown command/u);
    expect(world.run("set k", stranger)).toMatch(/wrong number/u);
    expect(world.run("set k v", stranger)).toBe("-NOAUTH Authentication required.");
    stranger.authenticated = true;
    expect(world.run("set k v", stranger)).toBe("-NOPERM User read-only has no permissions to run the 'set' command");
    stranger.user = world.dispatcher.access.default;
    expect(world.run("set k v", stranger)).toBe("-MISCONF disk is full");
    full = false;
    expect(world.run("set k v", stranger)).toBe("-LOADING wait");
    expect(world.run("info server", stranger)).toMatch(/redis_version/u);
    loading = false;
    expect(world.run("set k v", stranger)).toBe("+OK");
  });

  test("a full disk refuses what grows and lets deletes through", () => {
    const world = new CommandWorld({
      writeGate: { refusal: (grows) => (grows ? new ReplyError("OOM", "command not allowed") : null) },
    });
    expect(world.run("set k v")).toBe("-OOM command not allowed");
    expect(world.run("del k")).toBe(0);
    expect(world.run("get k")).toBe(null);
    world.run("multi");
    expect(world.run("del k")).toBe("+QUEUED");
    expect(world.run("exec")).toEqual([0]);
  });

  test("a read-only client reads, but does not list, write or administer", () => {
    const world = new CommandWorld();
    const reader = world.connect("resp", "read-only");
    expect(world.run("get k", reader)).toBe(null);
    for (const words of ["set k v", "flushall", "keys *", "scan 0", "config set port 1", "debug reload"]) {
      expect(world.run(words, reader)).toMatch(/^-NOPERM User read-only has no permissions to run the '/u);
    }
  });

  test("over REST, what needs a connection is refused", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest");
    for (const words of [
      "multi",
      "exec",
      "discard",
      "watch k",
      "unwatch",
      "select 1",
      "auth x",
      "hello 3",
      "quit",
      "reset",
      "client reply off",
      "client setname x",
      "client id",
    ]) {
      expect([words, world.run(words, rest)]).toEqual([
        words,
        expect.stringMatching(/^-ERR Command is not available over REST: /u),
      ]);
    }
    expect(world.run("ping", rest)).toBe("+PONG");
  });

  test("maxclients turns connections away", () => {
    const world = new CommandWorld();
    world.run("config set maxclients 2");
    const second = world.connect();
    const third = world.connect();
    expect(plain(world.dispatcher.connected(third))).toBe("-ERR max number of clients reached");
    world.dispatcher.disconnected(second);
    expect(world.dispatcher.connected(third)).toBe(null);
  });
});

describe("MULTI", () => {
  test("K2: queued commands run as one batch, and an error of one does not stop the rest", () => {
    const world = new CommandWorld();
    const batches = world.engine.log.records.length;
    expect(world.run("multi")).toBe("+OK");
    expect(world.run("set a 1")).toBe("+QUEUED");
    expect(world.run("hset a f v")).toBe("+QUEUED");
    expect(world.run("incr a")).toBe("+QUEUED");
    expect(world.run("get a", world.connect())).toBe(null);
    expect(world.run("exec")).toEqual(["+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value", 2]);
    expect(world.engine.log.records.length).toBe(batches + 1);
  });

  test("an unknown command or a wrong number of words spoils it", () => {
    const world = new CommandWorld();
    for (const wrong of ["foo", "get", "config foo"]) {
      world.run("multi");
      world.run(wrong);
      world.run("set k v");
      expect(world.run("exec")).toBe("-EXECABORT Transaction discarded because of previous errors.");
    }
    expect(world.run("exists k")).toBe(0);
    world.run("multi");
    expect(world.run("exec extra")).toBe(
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    );
    expect(world.run("exec")).toBe("-ERR EXEC without MULTI");
  });

  test("DISCARD forgets, and neither works without MULTI", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("set k v");
    expect(world.run("discard")).toBe("+OK");
    expect(world.run("exists k")).toBe(0);
    expect(world.run("discard")).toBe("-ERR DISCARD without MULTI");
    expect(world.run("exec")).toBe("-ERR EXEC without MULTI");
    world.run("multi");
    expect(world.run("multi")).toBe("-ERR MULTI calls can not be nested");
    expect(world.run("watch k")).toBe("-ERR WATCH inside MULTI is not allowed");
    expect(world.run("exec")).toEqual([]);
  });

  test("SELECT inside it changes the database of what follows, and of the connection", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("set k zero");
    world.run("select 1");
    world.run("set k one");
    world.run("exec");
    expect(world.run("get k")).toBe("one");
    world.run("select 0");
    expect(world.run("get k")).toBe("zero");
  });

  test("connection commands and waiting ones answer at once inside it", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("ping");
    world.run("debug sleep 100");
    world.run("client setname x");
    expect(world.run("exec")).toEqual(["+PONG", "+OK", "+OK"]);
    expect(world.run("client getname")).toBe("x");
  });

  test("a refusal of EXEC itself discards it, with the reason", () => {
    let full = false;
    const world = new CommandWorld({
      writeGate: { refusal: () => (full ? new ReplyError("MISCONF", "disk is full") : null) },
    });
    world.run("multi");
    world.run("set k v");
    full = true;
    expect(world.run("exec")).toBe("-EXECABORT Transaction discarded because of: MISCONF disk is full");
    expect(world.run("exec")).toBe("-ERR EXEC without MULTI");
  });

  test("its reply waits for the batch to be durable", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("set k v");
    expect(world.done("exec").lsn).toBe(world.engine.log.lastLsn);
    expect(world.done("get k").lsn).toBe(world.engine.log.lastLsn);
  });
});

describe("WATCH", () => {
  test("K6: a change by another client fails EXEC", () => {
    const world = new CommandWorld();
    const other = world.connect();
    world.run("watch k");
    world.run("set k 1", other);
    world.run("multi");
    world.run("set k 2");
    expect(world.run("exec")).toBe("null-array");
    expect(world.run("get k")).toBe("1");
    world.run("multi");
    world.run("set k 2");
    expect(world.run("exec")).toEqual(["+OK"]);
  });

  test("K6: a key that expires fails EXEC", () => {
    const world = new CommandWorld();
    world.run("set k v px 100");
    world.run("watch k");
    world.advance(200);
    world.run("multi");
    world.run("ping");
    expect(world.run("exec")).toBe("null-array");
  });

  test("K6: a key that changed and another that did not", () => {
    const world = new CommandWorld();
    const other = world.connect();
    world.run("watch a b");
    world.run("set c 1", other);
    world.run("multi");
    world.run("ping");
    expect(world.run("exec")).toEqual(["+PONG"]);
    world.run("watch a b");
    world.run("flushall", other);
    world.run("set b 1", other);
    world.run("multi");
    world.run("ping");
    expect(world.run("exec")).toBe("null-array");
  });

  test("UNWATCH, DISCARD and RESET let go", () => {
    const world = new CommandWorld();
    for (const release of [["unwatch"], ["multi", "discard"], ["reset"]]) {
      world.run("watch k");
      for (const words of release) world.run(words);
      world.run("set k v", world.connect());
      world.run("multi");
      expect(world.run("exec")).toEqual([]);
    }
  });

  test("after a recovery every watched key counts as changed", () => {
    const world = new CommandWorld();
    world.run("watch k");
    world.dispatcher.serve(new CommandWorld().engine.keyspace);
    world.run("multi");
    expect(world.run("exec")).toBe("null-array");
    world.run("multi");
    expect(world.run("exec")).toEqual([]);
  });
});

describe("an atomic run over REST", () => {
  const words = (text: string): string[] => text.split(" ");

  test("K2: all in one batch, errors while running in their places", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest");
    const batches = world.engine.log.records.length;
    const outcome = world.dispatcher.executeAtomic(rest, ["set a 1", "hset a f v", "incr a"].map(words));
    expect(outcome.kind === "done" && plain(outcome.reply)).toEqual([
      "+OK",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      2,
    ]);
    expect(world.engine.log.records.length).toBe(batches + 1);
  });

  test("a command that cannot be run discards all", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest");
    const refusals = ["foo", "get", "multi", "watch k", "select 1"].map((wrong) => {
      const outcome = world.dispatcher.executeAtomic(rest, [words("set a 1"), words(wrong)]);
      return outcome.kind === "done" && plain(outcome.reply);
    });
    for (const refusal of refusals) expect(refusal).toMatch(/^-ERR /u);
    expect(world.run("exists a")).toBe(0);
  });

  test("a read-only token may not write in it", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest", "read-only");
    const outcome = world.dispatcher.executeAtomic(rest, [words("get a"), words("set a 1")]);
    expect(outcome.kind === "done" && plain(outcome.reply)).toMatch(/^-NOPERM/u);
  });
});

describe("replies", () => {
  test("CLIENT REPLY OFF, ON and SKIP", () => {
    const world = new CommandWorld();
    expect(world.run("client reply off")).toBe(undefined);
    expect(world.run("ping")).toBe(undefined);
    expect(world.run("foo")).toBe(undefined);
    expect(world.run("client reply on")).toBe("+OK");
    expect(world.run("ping")).toBe("+PONG");
    expect(world.run("client reply skip")).toBe(undefined);
    expect(world.run("ping")).toBe(undefined);
    expect(world.run("ping")).toBe("+PONG");
    expect(world.run("client reply maybe")).toBe("-ERR syntax error");
  });

  test("a command is reported with its name, time and whether it failed", () => {
    const seen: (readonly [string, boolean])[] = [];
    const world = new CommandWorld({ onCommand: (name, micros, failed) => seen.push([name, failed && micros >= 0]) });
    world.run("set k v");
    world.run("incr k");
    world.run("config get port");
    expect(seen).toEqual([
      ["set", false],
      ["incr", true],
      ["config|get", false],
    ]);
  });

  test("a bug in a command is one error reply, and the node goes on", () => {
    const errors: unknown[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (message: string) => errors.push(message),
      with: () => logger,
    };
    const world = new CommandWorld({
      logger,
      facts: () => {
        throw new Error("broken");
      },
    });
    expect(world.run("info")).toBe("-ERR internal error");
    expect(world.run("ping")).toBe("+PONG");
    expect(errors).toHaveLength(1);
  });

  test("when the log fails, writes are answered with an unknown outcome", () => {
    const world = new CommandWorld();
    const told: unknown[] = [];
    world.dispatcher.onOutcomeUnknown((reply) => told.push(plain(reply)));
    world.dispatcher.outcomeUnknown();
    expect(told).toEqual([
      "-UNKNOWN the region's log failed: the outcome of this command is unknown, read before you retry",
    ]);
    world.engine.log.append = () => {
      const error = new Error("disk");
      error.name = "LogFailedError";
      throw error;
    };
    expect(world.run("set k v")).toMatch(/the outcome of this command is unknown/u);
  });

  test("durability is passed on to the doors", async () => {
    const world = new CommandWorld();
    let times = 0;
    const stop = world.dispatcher.onDurable(() => times++);
    world.run("set k v");
    await Promise.resolve();
    expect(times).toBe(1);
    expect(world.dispatcher.durableLsn).toBe(world.engine.log.durableLsn);
    stop();
    world.run("set k w");
    await Promise.resolve();
    expect(times).toBe(1);
  });
});

describe("commands that wait", () => {
  test("DEBUG SLEEP answers after its time and counts as blocked", async () => {
    const world = new CommandWorld();
    const outcome = world.outcome("debug sleep 0.5");
    expect(world.run("info clients", world.connect())).toMatch(/blocked_clients:1\r\n/u);
    world.advance(500);
    if (outcome.kind !== "suspended") throw new Error("it should wait");
    expect(plain((await outcome.done).reply)).toBe("+OK");
    expect(world.run("info clients")).toMatch(/blocked_clients:0\r\n/u);
  });

  test("a client that goes away stops waiting", async () => {
    const world = new CommandWorld();
    const outcome = world.outcome("debug sleep 100");
    if (outcome.kind !== "suspended") throw new Error("it should wait");
    outcome.cancel();
    outcome.cancel();
    await outcome.done;
    expect(world.run("info clients")).toMatch(/blocked_clients:0\r\n/u);
  });

  test("CLIENT PAUSE WRITE holds writes until its end", async () => {
    const world = new CommandWorld();
    world.run("client pause 1000 write");
    expect(world.run("get k")).toBe(null);
    const write = world.outcome("set k v");
    expect(write.kind).toBe("suspended");
    world.advance(1000);
    if (write.kind !== "suspended") throw new Error("it should wait");
    expect(plain((await write.done).reply)).toBe("+OK");
    expect(world.run("get k")).toBe("v");
  });

  test("CLIENT PAUSE ALL holds everything but CLIENT UNPAUSE", async () => {
    const world = new CommandWorld();
    world.run("client pause 100000");
    const read = world.outcome("get k");
    const cancelled = world.outcome("ping");
    if (read.kind !== "suspended" || cancelled.kind !== "suspended") throw new Error("both should wait");
    cancelled.cancel();
    expect((await cancelled.done).close).toBe(true);
    expect(world.run("client unpause", world.connect())).toBe("+OK");
    expect((await read.done).reply).toBe(null);
    expect(world.run("client pause -1")).toBe("-ERR timeout is negative");
    expect(world.run("client pause x")).toBe("-ERR timeout is not an integer or out of range");
    expect(world.run("client pause 1 foo")).toBe("-ERR CLIENT PAUSE mode must be WRITE or ALL");
  });

  test("an EXEC of writes waits for the end of a pause of writes", () => {
    const world = new CommandWorld();
    const other = world.connect();
    world.run("multi");
    world.run("set k v");
    world.run("client pause 1000 write", other);
    expect(world.outcome("exec").kind).toBe("suspended");
    world.run("client unpause", other);
    expect(world.run("get k", other)).toBe("v");
  });
});
