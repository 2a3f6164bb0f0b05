import { describe, expect, it } from "vitest";
import { SYSTEM_DATABASE } from "../../../src/crdt/operations/operation-kind.ts";
import { CLASSES_KEY, encodeClassRule } from "../../../src/keyspace/key-classes.ts";
import { FinalCopyError, FinalKeyError, TransactionError } from "../../../src/keyspace/transaction-port.ts";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

const LAPSE_MS = 1_000;

function world(): EngineWorld {
  const made = new EngineWorld();
  made.a.run((tx) => {
    tx.use(SYSTEM_DATABASE);
    tx.hashes.put(CLASSES_KEY, ["final:", encodeClassRule("delete-final", LAPSE_MS)]);
  });
  made.sync();
  return made;
}

function causeOf(run: () => void): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof TransactionError ? error.cause : error;
  }
}

const own = (region: EngineRegion, key: string, user: string): void =>
  region.run((tx) => tx.revocations.own(key, user));
const revokeUser = (region: EngineRegion, user: string): void => region.run((tx) => tx.revocations.endUser(user));

describe("delete-wins", () => {
  it("R1: a delete removes what is concurrent to it, of every type", () => {
    for (const write of [
      (region: EngineRegion) => region.set("sess:1", "v"),
      (region: EngineRegion) => region.hset("sess:1", "f", "v"),
      (region: EngineRegion) => region.expireIn("sess:1", 50_000),
    ]) {
      const { a, b, ...rest } = world();
      a.hset("sess:1", "f", "old");
      const all = Object.assign(world(), rest, { a, b });
      all.sync();
      a.del("sess:1");
      write(b);
      expect(all.converged((region) => region.run((tx) => tx.typeOf("sess:1")))).toBe(null);
    }
  });

  it("R2: a write whose origin had seen the delete starts anew", () => {
    const all = world();
    all.a.set("sess:1", "old");
    all.a.del("sess:1");
    all.sync();
    all.b.set("sess:1", "v");
    expect(all.converged((region) => region.get("sess:1"))).toBe("v");
  });

  it("R3: a region that is cut off and keeps saving does not bring it back; what it writes after it has seen the delete lives", () => {
    const all = world();
    all.b.hset("sess:1", "f", "1");
    all.sync();
    all.a.del("sess:1");
    for (let save = 0; save < 5; save++) all.b.hset("sess:1", "f", String(save));
    all.send(all.b, all.c);
    expect(all.c.hash("sess:1")).toEqual({ f: "4" });
    expect(all.converged((region) => region.hash("sess:1"))).toBe(null);
    all.b.hset("sess:1", "g", "new");
    expect(all.converged((region) => region.hash("sess:1"))).toEqual({ g: "new" });
  });

  it("E11: a session is ended that the region has not heard of yet", () => {
    const all = world();
    all.b.set("sess:1", "v");
    all.a.del("sess:1");
    expect(all.converged((region) => region.get("sess:1"))).toBe(null);
  });

  it("R1: FLUSHALL wins for these keys, also those it had not seen, and not for others (K5)", () => {
    const all = world();
    all.b.set("sess:1", "v");
    all.b.set("k", "v");
    all.a.run((tx) => tx.flushAll());
    expect(all.converged((region) => [region.get("sess:1"), region.get("k")])).toEqual([null, "v"]);
  });

  it("deletes that lose stay observed-remove elsewhere: HDEL, SET and expiry are no deletes", () => {
    const all = world();
    all.a.hset("sess:1", "f", "1");
    all.sync();
    all.a.hdel("sess:1", "f");
    all.b.hset("sess:1", "g", "2");
    expect(all.converged((region) => region.hash("sess:1"))).toEqual({ g: "2" });
  });
});

describe("delete-final", () => {
  it("R4: a later write is refused until the marker lapses, in every region that has heard of it", () => {
    const all = world();
    all.a.set("final:1", "v");
    all.a.del("final:1");
    all.sync();
    const refused = causeOf(() => all.b.set("final:1", "v"));
    expect(refused).toBeInstanceOf(FinalKeyError);
    expect(causeOf(() => all.b.hset("final:1", "f", "v"))).toBeInstanceOf(FinalKeyError);
    all.advance(LAPSE_MS + 1);
    all.b.set("final:1", "v");
    expect(all.converged((region) => region.get("final:1"))).toBe("v");
  });

  it("R4: no rename or copy leaves the prefix", () => {
    const all = world();
    all.a.set("final:1", "v");
    expect(causeOf(() => all.a.run((tx) => tx.copy("final:1", 0, "copy")))).toBeInstanceOf(FinalCopyError);
  });

  it("R4: FLUSHALL is final for the keys it met and for those it had not heard of", () => {
    const all = world();
    all.a.set("final:1", "v");
    all.b.set("final:2", "v");
    all.a.run((tx) => tx.flushAll());
    all.sync();
    for (const key of ["final:1", "final:2"]) {
      for (const region of all.all) expect(causeOf(() => region.set(key, "v"))).toBeInstanceOf(FinalKeyError);
    }
    all.a.set("final:3", "new");
    expect(all.converged((region) => region.get("final:3"))).toBe("new");
  });

  it("R5: an end is final whatever the key's class", () => {
    const all = world();
    all.a.set("plain", "v");
    all.sync();
    all.a.run((tx) => tx.revocations.end("plain"));
    all.b.set("plain", "concurrent");
    expect(all.converged((region) => region.get("plain"))).toBe(null);
    expect(causeOf(() => all.c.set("plain", "later"))).toBeInstanceOf(FinalKeyError);
  });
});

describe("revocation of a user", () => {
  it("R6: ends every session whose creation had not observed it, whatever the clocks say, and no merge undoes it", () => {
    const all = world();
    own(all.a, "sess:1", "u");
    all.a.hset("sess:1", "f", "1");
    all.sync();
    all.b.clock.advance(3_600_000);
    own(all.b, "sess:2", "u");
    all.b.hset("sess:2", "f", "2");
    revokeUser(all.a, "u");
    all.b.hset("sess:1", "f", "concurrent");
    expect(all.converged((region) => [region.hash("sess:1"), region.hash("sess:2")])).toEqual([null, null]);
    for (const key of ["sess:1", "sess:2"]) {
      expect(causeOf(() => all.c.hset(key, "f", "later"))).toBeInstanceOf(FinalKeyError);
    }
  });

  it("R6: a session made after the revocation was seen lives, and other users' sessions do", () => {
    const all = world();
    own(all.a, "sess:1", "u");
    own(all.a, "sess:v", "v");
    all.a.set("sess:v", "v");
    revokeUser(all.a, "u");
    all.sync();
    own(all.b, "sess:3", "u");
    all.b.set("sess:3", "new");
    expect(all.converged((region) => [region.get("sess:3"), region.get("sess:v")])).toEqual(["new", "v"]);
  });

  it("R6: a list of sessions forgets those that can no longer live", async () => {
    const all = world();
    own(all.a, "sess:old", "u");
    all.sync();
    all.advance(31 * 24 * 3_600_000);
    await all.settle();
    own(all.a, "sess:new", "u");
    const list = (region: EngineRegion): string[] =>
      region.run((tx) => {
        tx.use(SYSTEM_DATABASE);
        return [...tx.hashes.get("owner:u")!.fields()];
      });
    expect(all.converged(list)).toEqual(["0:sess:new"]);
  });
});

describe("markers", () => {
  it("go once stable, final ones once they have lapsed for every clock, and survive a restart until then", async () => {
    const all = world();
    all.a.del("sess:1");
    all.a.del("final:1");
    all.sync();
    expect(all.a.keyspace.state.markers.count).toBe(2);
    await all.a.housekeeping.flush();
    const reopened = await all.a.reopened(["a", "b", "c"]);
    expect(reopened.state.markers.count).toBe(2);
    expect(causeOf(() => reopened.transact(0, (tx) => tx.strings.set("final:1", "v", 0)))).toBeInstanceOf(
      FinalKeyError,
    );
    await all.settle();
    all.advance(1_500);
    await all.settle();
    expect(all.b.keyspace.state.markers.count).toBe(0);
    expect(all.a.keyspace.state.markers.bytes).toBe(0);
  });
});
