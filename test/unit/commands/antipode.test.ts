import { describe, expect, test } from "vitest";
import type { Suspended } from "../../../src/commands/executor.ts";
import { EngineRegion } from "../../support/engine-world.ts";
import { CommandWorld, expected, found, plain } from "./command-world.ts";

/** A region with two more members that say what they have when told to. */
class Regions extends CommandWorld {
  constructor(region = "us-east") {
    super({}, new EngineRegion(region, ["us-east", "eu-west", "ap-south"]));
  }

  /** The other region has everything issued here so far. */
  acknowledge(region: string): void {
    const { replica, keyspace } = this.engine;
    const vector = { [keyspace.incarnation]: keyspace.lastSequence };
    replica.reportMember({ region, vector, clockMs: this.engine.clock.wallMs() });
  }
}

async function answer(outcome: Suspended): Promise<unknown> {
  return plain((await outcome.done).reply);
}

function suspended(world: CommandWorld, words: string): Suspended {
  const outcome = world.outcome(words);
  if (outcome.kind !== "suspended") throw new Error(`${words} does not wait`);
  return outcome;
}

describe("WAIT and WAITAOF", () => {
  test("answer how many other regions have the connection's writes durably", async () => {
    const world = new Regions();
    world.run("set k v");
    const wait = suspended(world, "wait 1 0");
    world.acknowledge("eu-west");
    expect(await answer(wait)).toBe(1);
    const both = suspended(world, "waitaof 1 2 0");
    world.acknowledge("ap-south");
    expect(await answer(both)).toEqual([1, 2]);
  });

  test("end when time is up, and inside MULTI do not wait", async () => {
    const world = new Regions();
    world.run("set k v");
    const wait = suspended(world, "wait 2 100");
    world.acknowledge("eu-west");
    world.advance(100);
    expect(await answer(wait)).toBe(1);
    world.run("multi");
    world.run("wait 2 0");
    expect(world.run("exec")).toEqual([1]);
  });

  test("refuse what makes no sense", () => {
    const world = new Regions();
    const script = world.script(
      "wait x 0",
      "-ERR value is not an integer or out of range",
      "wait 1 x",
      "-ERR timeout is not an integer or out of range",
      "wait 1 -1",
      "-ERR timeout is negative",
      "waitaof 2 1 0",
      "-ERR value is out of range, must be between 0 and 1",
    );
    expect(found(script)).toEqual(expected(script));
  });
});

describe("ANTIPODE TOKEN and AWAIT", () => {
  test("a token of this region is here; one that names more is waited for, then an error or a mark", async () => {
    const world = new Regions();
    world.run("set k v");
    const token = world.run("antipode token") as string;
    expect(world.run(["antipode", "await", token, "0"])).toBe("+OK");
    const elsewhere = new Regions("eu-west");
    const stale = suspended(elsewhere, `antipode await ${token} 50`);
    elsewhere.advance(50);
    expect(await answer(stale)).toBe("-STALE this region does not have everything the token names yet");
    const served = suspended(elsewhere, `antipode await ${token} 50 stale serve`);
    const waiting = suspended(elsewhere, `antipode await ${token} 0`);
    elsewhere.advance(50);
    expect(await answer(served)).toBe(0);
    for (const bytes of world.engine.log.records) elsewhere.engine.replica.receive(bytes);
    expect(await answer(waiting)).toBe("+OK");
  });

  test("WRITES names the last write here; who has that has what was here before it", async () => {
    const [world, elsewhere] = [new Regions(), new Regions("eu-west")];
    expect(elsewhere.run(["antipode", "await", world.run("antipode token writes") as string, "1"])).toBe("+OK");
    world.run("set a 1");
    world.run("set b 2");
    const token = world.run("antipode token writes") as string;
    const waiting = suspended(elsewhere, `antipode await ${token} 0`);
    for (const bytes of world.engine.log.records) elsewhere.engine.replica.receive(bytes);
    expect(await answer(waiting)).toBe("+OK");
    expect(world.run("antipode token reads")).toMatch(/^-ERR syntax error/u);
  });

  test("refuse garbage", () => {
    const world = new Regions();
    expect(world.run("antipode await garbage 0")).toMatch(/^-ERR invalid token/u);
    const token = world.run("antipode token") as string;
    expect(world.run(["antipode", "await", token, "0", "stale", "maybe"])).toBe("-ERR STALE must be ERROR or SERVE");
    expect(world.run(["antipode", "await", token, "-1"])).toBe("-ERR timeout is negative");
  });
});

describe("revocation", () => {
  test("R5: REVOKE tells which regions have confirmed it, and later writes are refused", async () => {
    const world = new Regions();
    world.run("hset sess:1 f v");
    const revoke = suspended(world, "antipode revoke sess:1 regions 1 timeout 1000");
    world.acknowledge("ap-south");
    expect(await answer(revoke)).toEqual({
      map: [
        ["confirmed", ["us-east", "ap-south"]],
        ["missing", ["eu-west"]],
      ],
    });
    expect(world.run("exists sess:1")).toBe(0);
    expect(world.run("hset sess:1 f v")).toMatch(/^-FINAL the key was deleted for good/u);
    expect(world.run("set sess:1 v")).toMatch(/^-FINAL /u);
  });

  test("R6: REVOKEUSER ends the sessions that were owned", async () => {
    const world = new Regions();
    expect(world.run("antipode own sess:1 ada")).toBe("+OK");
    world.run("set sess:1 v");
    world.run("set sess:2 v");
    const revoke = suspended(world, "antipode revokeuser ada timeout 10");
    world.advance(10);
    expect(await answer(revoke)).toEqual({
      map: [
        ["confirmed", ["us-east"]],
        ["missing", ["eu-west", "ap-south"]],
      ],
    });
    expect(world.run("mget sess:1 sess:2")).toEqual([null, "v"]);
    expect(world.run("antipode own sess:1 ada")).toMatch(/^-FINAL /u);
  });

  test("neither stands in a transaction", () => {
    const world = new Regions();
    world.run("multi");
    expect(world.run("antipode revoke k")).toMatch(/^-ERR .*not allowed/iu);
  });
});

describe("classes of keys", () => {
  test("R4: are set, listed and forgotten; a final delete holds until it lapses", () => {
    const world = new CommandWorld();
    const script = world.script(
      "antipode setclass s: delete-final lapse 1000",
      "+OK",
      "antipode classes",
      [
        ["sess:", "delete-wins", 2_592_000_000],
        ["s:", "delete-final", 1000],
      ],
      "set s:1 v",
      "+OK",
      "rename s:1 t",
      "-FINAL keys of class delete-final cannot be renamed or copied: the copy would outlive a logout",
      "del s:1",
      1,
      "antipode unsetclass s:",
      1,
      "antipode unsetclass s:",
      0,
      "antipode setclass s: delete-maybe",
      "-ERR class must be update-wins, delete-wins or delete-final",
      "antipode setclass s: delete-final lapse 0",
      "-ERR LAPSE must be between 1 and 31536000000 milliseconds",
    );
    expect(found(script)).toEqual(expected(script));
    expect(world.run("set s:1 v")).toMatch(/^-FINAL /u);
    world.advance(1001);
    expect(world.run("set s:1 v")).toBe("+OK");
  });

  test("E11: a delete of what is not here yet answers 0 and still holds", () => {
    const world = new CommandWorld();
    expect(world.run("del sess:unknown")).toBe(0);
    expect(world.engine.keyspace.state.markers.count).toBe(1);
  });
});
