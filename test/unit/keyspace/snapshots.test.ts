import { describe, expect, it } from "vitest";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import { digestOf } from "../../../src/keyspace/digest.ts";
import { openKeyspace } from "../../../src/keyspace/open-keyspace.ts";
import type { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { KeyspaceReplica } from "../../../src/keyspace/keyspace-replica.ts";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";
import { InstantRows } from "../../support/instant-storage.ts";

/** What `from` gives as a snapshot, staged for `to`; answers the keyspace that `to` opens on it. */
async function transfer(from: EngineRegion, to: EngineRegion, minimum: NamedVector = {}): Promise<Keyspace> {
  await from.housekeeping.flush();
  const snapshot = from.replica.openSnapshot(minimum)!;
  const rows = new InstantRows();
  const stage = new KeyspaceReplica(to.keyspace, () => rows).stageSnapshot(snapshot.head)!;
  let after: Buffer | null = null;
  for (let read = snapshot.read(after, 50); read.length > 0; read = snapshot.read(after, 50)) {
    await stage.add(read);
    after = read.at(-1)!.key;
  }
  snapshot.close();
  await stage.finish();
  const { clock, keyspace, log } = to;
  const { random, limits } = keyspace;
  const members = ["a", "b", "c"];
  return openKeyspace({ region: to.name, incarnation: `${to.name}#2-0000`, members, log, rows, clock, random, limits });
}

describe("a snapshot", () => {
  it("is the sender's state, with what only the receiver has on top of it", async () => {
    const { a, b, c, ...world } = new EngineWorld();
    for (const region of [a, b, c]) {
      region.set(`string ${region.name}`, "v".repeat(200));
      region.hset("hash", region.name, "1", "shared", region.name);
      region.add("counter", 5);
    }
    a.expireIn("string a", 10_000);
    for (const from of world.all) for (const to of world.all) if (from !== to) sendAll(from, to);
    a.hdel("hash", "b");
    a.add("counter", 100);
    b.add("counter", 1_000);
    b.hset("hash", "b", "kept: a's removal had not seen it");
    const again = await transfer(a, b);
    sendAll(b, a);
    const atMs = a.clock.wallMs();
    expect(digestOf(again, atMs).digest).toBe(a.digest(atMs));
    expect(again.vector()).toEqual(a.keyspace.vector());
    expect(again.transact(0, (tx) => tx.strings.get("counter")).value).toBe("1115");
    expect(again.statistics().keys[0]).toBe(a.keyspace.statistics().keys[0]);
  });

  it("waits for a checkpoint that contains what is demanded", async () => {
    const { a } = new EngineWorld();
    a.set("k", "1");
    await a.housekeeping.flush();
    a.set("k", "2");
    expect(a.replica.openSnapshot({ "a#1-0000": 2 })).toBeNull();
    expect(a.keyspace.checkpointWanted).toBe(true);
    await a.housekeeping.flush();
    const snapshot = a.replica.openSnapshot({ "a#1-0000": 2 })!;
    expect(snapshot.head.vector).toEqual({ "a#1-0000": 2 });
    expect([...a.keyspace.logPins]).toHaveLength(1);
    snapshot.close();
    expect([...a.keyspace.logPins]).toEqual([]);
  });

  it("leaves a gap in the log: whoever lacks something of it is told so, our own batches are still served", async () => {
    const { a, b } = new EngineWorld();
    b.set("own", "1");
    sendAll(b, a);
    for (let index = 0; index < 20; index++) a.set("k", String(index));
    const again = await transfer(a, b);
    const replica = new KeyspaceReplica(again, () => new InstantRows());
    expect(replica.cursorFor({ has: {}, beyond: {} }, new Set(["b"]))).not.toBeNull();
    expect(replica.cursorFor({ has: { "b#1-0000": 1 }, beyond: {} }, new Set(["a"]))).toBeNull();
    expect(replica.cursorFor({ has: { "a#1-0000": 19 }, beyond: {} }, new Set(["a", "b"]))).toBeNull();
    expect(replica.cursorFor({ has: { "a#1-0000": 20 }, beyond: {} }, new Set(["a"]))).not.toBeNull();
  });

  it("of a newer version, with a type that is not known here, is refused before it is installed", async () => {
    const { a, b } = new EngineWorld();
    a.set("k", "v");
    await a.housekeeping.flush();
    const { head, ...snapshot } = a.replica.openSnapshot({})!;
    expect(snapshot).toBeDefined();
    const [row] = a.replica.openSnapshot({})!.read(null, 1);
    const value = Buffer.from(row!.value);
    // Behind the key, one byte of length and one character, and the number of facets.
    value[3] = 99;
    await expect(b.replica.stageSnapshot(head)!.add([{ key: row!.key, value }])).rejects.toThrow("unknown type 99");
  });
});

function sendAll(from: EngineRegion, to: EngineRegion): void {
  for (const bytes of from.log.records) to.replica.receive(bytes);
}
