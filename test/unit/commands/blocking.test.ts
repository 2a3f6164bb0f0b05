import { describe, expect, test } from "vitest";
import type { ClientSession } from "../../../src/commands/client-session.ts";
import { CommandWorld, plain, type Plain } from "./command-world.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

/** A client of its own that waits: what it was answered, or "waits". */
class Waiting {
  readonly session: ClientSession;
  reply: Plain = "waits";
  cancel: () => void = () => {};

  constructor(world: CommandWorld, words: string) {
    this.session = world.connect();
    const outcome = world.outcome(words, this.session);
    if (outcome.kind === "done") {
      this.reply = plain(outcome.reply);
      return;
    }
    this.cancel = () => outcome.cancel();
    void outcome.done.then((done) => (this.reply = plain(done.reply)));
  }
}

/** Promises that are settled have told their listeners. */
async function told(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

async function replies(...clients: readonly Waiting[]): Promise<readonly Plain[]> {
  await told();
  return clients.map(({ reply }) => reply);
}

describe("commands that wait for a list", () => {
  test("answer at once when there is something, from the first key that has it", () => {
    const world = new CommandWorld();
    world.run("rpush m a b c d e");
    expect(world.run("blpop l m 0")).toEqual(["m", "a"]);
    expect(world.run("brpop l m 0")).toEqual(["m", "e"]);
    expect(world.run("blmove m n left right 0")).toBe("b");
    expect(world.run("brpoplpush m n 0")).toBe("d");
    expect(world.run("blmpop 0 2 l m left count 9")).toEqual(["m", ["c"]]);
  });

  test("first come, first served; who came first gets what is pushed first", async () => {
    const world = new CommandWorld();
    const [first, second, third] = ["blpop l 0", "brpop l 0", "blmpop 0 1 l left"].map(
      (words) => new Waiting(world, words),
    ) as [Waiting, Waiting, Waiting];
    expect(world.run("info clients")).toContain("blocked_clients:3");
    expect(world.run("client list")).toContain("flags=b");
    expect(world.run("rpush l a b")).toBe(2);
    expect(world.run("llen l"), "they are served before the next command").toBe(0);
    expect(await replies(first, second, third)).toEqual([["l", "a"], ["l", "b"], "waits"]);
    world.run("rpush l c");
    expect(await replies(third)).toEqual([["l", ["c"]]]);
    expect(world.run("info clients")).toContain("blocked_clients:0");
  });

  test("of several keys the first in the order of its words is taken, once the transaction is over", async () => {
    const world = new CommandWorld();
    const client = new Waiting(world, "blpop one two 0");
    for (const words of ["multi", "rpush two b", "rpush one a", "exec"]) world.run(words);
    expect(await replies(client)).toEqual([["one", "a"]]);
    expect(world.run("lrange two 0 -1")).toEqual(["b"]);
  });

  test("what a transaction pushes and takes away again wakes nobody", async () => {
    const world = new CommandWorld();
    const client = new Waiting(world, "blpop l 0");
    for (const words of ["multi", "rpush l a", "del l", "exec"]) world.run(words);
    expect(await replies(client)).toEqual(["waits"]);
    for (const words of ["multi", "set l x", "del l", "rpush l a", "exec"]) world.run(words);
    expect(await replies(client)).toEqual([["l", "a"]]);
  });

  test("a chain of moves is served in one go", async () => {
    const world = new CommandWorld();
    const last = new Waiting(world, "blpop c 0");
    const middle = new Waiting(world, "blmove b c left left 0");
    const first = new Waiting(world, "brpoplpush a b 0");
    world.run("lpush a x");
    expect(await replies(first, middle, last)).toEqual(["x", "x", ["c", "x"]]);
  });

  test("the time is up after the timeout, with RESP2's null array", async () => {
    const world = new CommandWorld();
    const clients = ["blpop l 0.5", "blmove l m left left 0.5", "brpoplpush l m 0.5", "blmpop 0.5 1 l left"].map(
      (words) => new Waiting(world, words),
    );
    world.advance(499);
    expect(await replies(...clients)).toEqual(["waits", "waits", "waits", "waits"]);
    world.advance(1);
    expect(await replies(...clients)).toEqual(["null-array", "null-array", "null-array", "null-array"]);
    expect(world.run("rpush l a")).toBe(1);
    expect(world.run("llen l")).toBe(1);
  });

  test("the longest timeout is longer than any timer", async () => {
    const world = new CommandWorld();
    const client = new Waiting(world, "blpop l 3000000");
    world.advance(2 ** 31);
    expect(await replies(client)).toEqual(["waits"]);
    world.advance(3e9 - 2 ** 31);
    expect(await replies(client)).toEqual(["null-array"]);
  });

  test("a key of another type is waited through, and refused when it is there at the start", async () => {
    const world = new CommandWorld();
    world.run("set s x");
    expect(world.run("blpop l s 0")).toBe(WRONG_TYPE);
    const client = new Waiting(world, "blpop l 0");
    world.run("set l x");
    expect(await replies(client)).toEqual(["waits"]);
    world.run("del l");
    world.run("rpush l a");
    expect(await replies(client)).toEqual([["l", "a"]]);
  });

  test("a move to a key of another type is refused when its turn comes, and the next one is served", async () => {
    const world = new CommandWorld();
    const moving = new Waiting(world, "blmove l s left left 0");
    const popping = new Waiting(world, "blpop l 0");
    world.run("set s x");
    world.run("rpush l a");
    expect(await replies(moving, popping)).toEqual([WRONG_TYPE, ["l", "a"]]);
  });

  test("RENAME, COPY, SWAPDB and MOVE bring lists too", async () => {
    for (const [before, after] of [
      ["rpush other a", "rename other l"],
      ["rpush other a", "copy other l"],
      ["select 1|rpush l a|select 0", "swapdb 0 1"],
      ["select 1|rpush l a", "move l 0|select 0"],
    ] as const) {
      const world = new CommandWorld();
      for (const words of before.split("|")) world.run(words);
      const client = new Waiting(world, "blpop l 0");
      for (const words of after.split("|")) world.run(words);
      expect([after, ...(await replies(client))]).toEqual([after, ["l", "a"]]);
    }
  });

  test("inside MULTI nothing waits", () => {
    const world = new CommandWorld();
    for (const words of ["multi", "blpop l 0", "blmove l m left left 0", "brpoplpush l m 0", "blmpop 0 1 l left"]) {
      world.run(words);
    }
    expect(world.run("exec")).toEqual(["null-array", null, null, "null-array"]);
  });

  test("CLIENT UNBLOCK ends a wait, as if its time was up or with an error", async () => {
    const world = new CommandWorld();
    const [timed, failed] = [new Waiting(world, "blpop l 0"), new Waiting(world, "blpop l 0")];
    expect(world.run(`client unblock ${timed.session.id}`)).toBe(1);
    expect(world.run(`client unblock ${failed.session.id} error`)).toBe(1);
    expect(world.run(`client unblock ${failed.session.id} error`)).toBe(0);
    expect(world.run("client unblock 999")).toBe(0);
    expect(await replies(timed, failed)).toEqual(["null-array", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"]);
    world.run("rpush l a");
    expect(world.run("llen l")).toBe(1);
  });

  test("who goes away takes nothing", async () => {
    const world = new CommandWorld();
    const [gone, next] = [new Waiting(world, "blpop l 0"), new Waiting(world, "blpop l 0")];
    gone.cancel();
    world.run("rpush l a");
    expect(await replies(next)).toEqual([["l", "a"]]);
    expect(world.run("info clients")).toContain("blocked_clients:0");
  });

  test("while writes are paused nobody is served; afterwards all are", async () => {
    const world = new CommandWorld();
    const client = new Waiting(world, "blpop l 0");
    world.run("client pause 1000 write");
    const pushing = new Waiting(world, "rpush l a");
    expect(await replies(client, pushing)).toEqual(["waits", "waits"]);
    world.run("client unpause");
    expect(await replies(client, pushing)).toEqual([["l", "a"], 1]);
  });

  test("bad timeouts are refused, and all of it over REST", () => {
    const world = new CommandWorld();
    expect(world.run("blpop l -1")).toBe("-ERR timeout is negative");
    expect(world.run("blpop l x")).toBe("-ERR timeout is not a float or out of range");
    expect(world.run("brpop l inf")).toBe("-ERR timeout is out of range");
    expect(world.run("blmove l m left up x")).toBe("-ERR syntax error");
    expect(world.run("blmpop x 1 l left")).toBe("-ERR timeout is not a float or out of range");
    expect(world.run("blmpop -1 0 l left")).toBe("-ERR numkeys should be greater than 0");
    const rest = world.connect("rest");
    for (const words of ["blpop l 0", "brpop l 1", "blmove l m left left 1", "brpoplpush l m 1", "blmpop 0 1 l left"]) {
      expect(world.run(words, rest)).toMatch(/^-ERR Command is not available over REST/u);
    }
  });

  test("a reply waits until what was taken, and who pushed it, is durable", async () => {
    const world = new CommandWorld();
    const session = world.connect();
    const outcome = world.outcome("blpop l 0", session);
    if (outcome.kind !== "suspended") throw new Error("it does not wait");
    world.run("rpush l a");
    const { lsn } = await outcome.done;
    expect(lsn).toBe(world.engine.keyspace.lastLsn);
  });
});
