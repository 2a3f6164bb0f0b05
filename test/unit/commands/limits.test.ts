import { describe, expect, it } from "vitest";
import { LimitSteward } from "../../../src/keyspace/limit-steward.ts";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld, expected, found, plain } from "./command-world.ts";

const COPIED = "-ERR a limit cannot be renamed, copied, moved or dumped: its rights would exist twice";

describe("limits by command", () => {
  it("B1, B4: rights are minted, spent and given back", () => {
    const script = new CommandWorld().script(
      "limit.left k",
      null,
      "limit.spend k 1",
      "-ERR no such limit: LIMIT.MINT creates it",
      "limit.mint k 10",
      [10, 10],
      "limit.spend k 4",
      [1, "granted", 6, 6],
      "limit.spend k 7",
      [0, "gone", 6, 6],
      "limit.return k 5",
      "-ERR more would be given back than is spent",
      "limit.return k 1",
      [7, 7],
      "limit.left k",
      [7, 7],
      "limit.info k",
      {
        map: [
          ["minted", 10],
          ["spent", 3],
          ["left", 7],
          ["regions", { map: [["us-east", 7]] }],
        ],
      },
      "type k",
      "+limit",
      "object encoding k",
      "raw",
      "del k",
      1,
      "limit.left k",
      null,
    );
    expect(found(script)).toEqual(expected(script));
  });

  it("B5: what would double a limit is refused, and so is another type", () => {
    const script = new CommandWorld().script(
      "limit.mint k 10",
      [10, 10],
      "rename k l",
      COPIED,
      "copy k l",
      COPIED,
      "move k 1",
      COPIED,
      "dump k",
      COPIED,
      "get k",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "set s v",
      "+OK",
      "limit.mint s 1",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    expect(found(script)).toEqual(expected(script));
  });

  it("bad words are refused before anything happens", () => {
    const script = new CommandWorld().script(
      "limit.mint k 0",
      "-ERR amount must be a whole number from 1 to 9007199254740",
      "limit.mint k 1.5",
      "-ERR amount must be a whole number from 1 to 9007199254740",
      "limit.mint k 9007199254740",
      [9_007_199_254_740, 9_007_199_254_740],
      "limit.mint k 1",
      "-ERR a limit holds at most 9007199254740 rights",
      "limit.spend k 1 WAIT x",
      "-ERR timeout is not an integer or out of range",
      "limit.spend k 1 SOON 5",
      "-ERR syntax error",
      "limit.move k nowhere 1",
      "-ERR no other member region has this name",
      "limit.reclaim k us-east",
      "-ERR the region has not left for good, or what it left behind is not all here yet",
      "limit.policy set p 10 0",
      "-ERR window must be a whole number of milliseconds from 1 to 31536000000",
      "limit.policy set p x 1000",
      "-ERR capacity and refill must be whole numbers from 1 to 9007199254740",
      "limit.policy set p 10 1000 BUCKET",
      "-ERR REFILL is for BUCKET, and BUCKET wants it",
      "limit.policy set p 10 1000 FIXED REFILL 3",
      "-ERR REFILL is for BUCKET, and BUCKET wants it",
      "limit.policy set p 10 1000 SHARES us-east 9",
      "-ERR shares must be whole numbers that add up to the capacity, one for each region",
      "limit.policy set p 10 1000 SHARES mars 10",
      "-ERR shares must be whole numbers that add up to the capacity, one for each region",
      "limit.policy set p 10 1000 SOMETIMES",
      "-ERR syntax error",
      "limit.take k p",
      "-ERR no such policy: LIMIT.POLICY SET defines it",
    );
    expect(found(script)).toEqual(expected(script));
  });

  it("B6: a policy lets so many through in each window", async () => {
    const world = new CommandWorld();
    world.advance(1000 - (world.engine.clock.wallMs() % 1000));
    world.run("limit.policy set p 3 1000");
    expect(world.run("limit.take r p")).toMatch(/^-NOTREADY /u);
    // Its definition becomes durable.
    await Promise.resolve();
    const script = world.script(
      "limit.policy list",
      ["p"],
      "limit.take r p PEEK",
      [1, "granted", 3, 3, 1000],
      "limit.take r p 2",
      [1, "granted", 1, 1, 1000],
      "limit.take r p 2",
      [0, "gone", 1, 1, 1000],
      "limit.take r p 4",
      "-ERR amount exceeds the policy's capacity of 3: it could never be granted",
      "limit.take r p",
      [1, "granted", 0, 0, 1000],
    );
    expect(found(script)).toEqual(expected(script));
    world.advance(1000);
    expect(world.run("limit.take r p")).toEqual([1, "granted", 2, 2, 1000]);
    // One window, and a minute for regions whose clocks are behind.
    expect(world.run("pttl r")).toBe(61_000);
    world.advance(61_000);
    expect(world.run("exists r")).toBe(0);
  });

  it("B6: a bucket is filled window by window; a sliding window forgets bit by bit", async () => {
    const world = new CommandWorld();
    world.advance(1000 - (world.engine.clock.wallMs() % 1000));
    world.run("limit.policy set b 5 1000 BUCKET REFILL 2");
    world.run("limit.policy set s 10 1000 SLIDING");
    await Promise.resolve();
    expect(world.run("limit.take x b 5")).toEqual([1, "granted", 0, 0, 1000]);
    expect(world.run("limit.take y s 10")).toEqual([1, "granted", 0, 0, 1000]);
    world.advance(1500);
    expect(world.run("limit.take x b 2")).toEqual([1, "granted", 0, 0, 500]);
    expect(world.run("limit.take y s 6")).toEqual([0, "gone", 5, 5, 500]);
    expect(world.run("limit.take y s 5")).toEqual([1, "granted", 0, 0, 500]);
  });

  it("B7: defining a policy again in the same words changes nothing", () => {
    const world = new CommandWorld();
    world.run("limit.policy set p 3 1000");
    const before = world.engine.keyspace.lastSequence;
    world.run("limit.policy set p 3 1000");
    expect(world.engine.keyspace.lastSequence).toBe(before);
    expect(world.run("limit.policy del p")).toBe(1);
    expect(world.run("limit.policy del p")).toBe(0);
    expect(world.run("limit.policy get p")).toBeNull();
    expect(world.run("limit.policy help")).toHaveLength(11);
  });

  it("B3: who waits for rights that are elsewhere gets them when they come", async () => {
    const engines = new EngineWorld();
    const world = new CommandWorld({}, engines.b);
    const steward = new LimitSteward(engines.a.keyspace);
    engines.a.run((tx) => tx.limits.mint("k", 10));
    engines.sync();
    const outcome = world.outcome("limit.spend k 2 WAIT 1000");
    if (outcome.kind !== "suspended") throw new Error("it does not wait");
    engines.sync();
    steward.answer();
    engines.sync();
    expect(plain((await outcome.done).reply)).toEqual([1, "granted", expect.any(Number), 8]);
  });

  it("B1: in a script and in a transaction a limit answers at once", () => {
    const world = new CommandWorld();
    world.run("limit.mint k 1");
    const script = "return redis.call('LIMIT.SPEND', KEYS[1], ARGV[1])";
    expect(world.run(["eval", script, "1", "k", "1"])).toEqual([1, "granted", 0, 0]);
    world.run("multi");
    world.run("limit.spend k 1 WAIT 0");
    expect(world.run("exec")).toEqual([[0, "gone", 0, 0]]);
  });
});
