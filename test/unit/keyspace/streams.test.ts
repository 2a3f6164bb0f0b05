import { beforeEach, describe, expect, it } from "vitest";
import { formatStreamId, STREAM_ID_MAX, STREAM_ID_MIN, streamId, type StreamId } from "../../../src/crdt/stream-id.ts";
import type { Transaction } from "../../../src/keyspace/transaction-port.ts";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";
import { id, StreamClient } from "../../support/stream-client.ts";

/** The region as its next process finds it. */
async function reopened(region: EngineRegion): Promise<{ run<Result>(body: (tx: Transaction) => Result): Result }> {
  const keyspace = await region.reopened(["a", "b", "c"]);
  return { run: (body) => keyspace.transact(0, body).value };
}

describe("streams, two regions at once", () => {
  let world: EngineWorld;
  let a: StreamClient;
  let b: StreamClient;
  let c: StreamClient;
  beforeEach(() => {
    world = new EngineWorld();
    [a, b, c] = world.all.map((region) => new StreamClient(region)) as [StreamClient, StreamClient, StreamClient];
  });
  const ids = (): string[] => world.converged((region) => new StreamClient(region).ids());

  it("T1: automatic ids of one millisecond are different, rise in each region, and are everywhere", () => {
    const fromA = [a.add("*"), a.add("*"), a.add("*")];
    const fromB = [b.add("*"), b.add("*")];
    const fromC = [c.add("*")];
    const all = [...fromA, ...fromB, ...fromC];
    expect(new Set(all).size).toBe(6);
    expect(fromA.toSorted()).toEqual(fromA);
    expect(fromB.toSorted()).toEqual(fromB);
    expect(ids()).toEqual(all.toSorted().map(formatStreamId));
    const next = world.all.map((region) => new StreamClient(region).add("*"));
    expect(new Set(next).size).toBe(3);
    for (const one of next) expect(one > all.toSorted().at(-1)!).toBe(true);
  });

  it("T1: ids keep rising where another region's clock is ahead, and past 2^53", () => {
    world.b.clock.advance(3_600_000);
    const ahead = b.add("*");
    world.sync();
    expect(a.add("*") > ahead).toBe(true);
    const high = streamId(2n ** 60n + 1n, 2n ** 63n + 5n);
    a.addAt(high);
    world.sync();
    const [left, right] = [a.add("*"), b.add("*")];
    expect(left > high && right > high && left !== right).toBe(true);
    expect(formatStreamId(left).startsWith(`${2n ** 60n + 1n}-92233720368547758`)).toBe(true);
  });

  it("T1: a region that is alone makes Redis' ids", () => {
    const solo = new EngineRegion("solo", ["solo"]);
    const alone = new StreamClient(solo);
    const nowMs = solo.clock.wallMs();
    expect([alone.add("*"), alone.add("*")].map(formatStreamId)).toEqual([`${nowMs}-0`, `${nowMs}-1`]);
  });

  it("T1: ids do not meet when regions are added", () => {
    const solo = new EngineRegion("b", ["b"]);
    expect(formatStreamId(new StreamClient(solo).add("*"))).toBe(`${solo.clock.wallMs()}-0`);
    solo.keyspace.stability.setMembers(["a", "b"], []);
    solo.clock.advance(1);
    expect(formatStreamId(new StreamClient(solo).add("*"))).toBe(`${solo.clock.wallMs()}-1`);
    expect(formatStreamId(new StreamClient(solo).add("*"))).toBe(`${solo.clock.wallMs()}-3`);
  });

  it("T2: DEL keeps an entry it has not seen", () => {
    a.addAt(id(1));
    world.sync();
    world.a.del("s");
    b.addAt(id(2));
    expect(ids()).toEqual(["2-0"]);
  });

  it("T2: trimming and XDEL remove what they saw alone", () => {
    for (const ms of [1, 2, 3]) a.addAt(id(ms));
    world.sync();
    a.trimBelow(id(3));
    b.addAt(id(4));
    c.remove(id(3));
    expect(ids()).toEqual(["4-0"]);
    const view = world.converged((region) => new StreamClient(region).facts());
    expect(view).toEqual({ lastId: "4-0", added: 4, size: 1 });
  });

  it("T3: DEL takes the entries and the groups it saw, and not a group that is made at the same time", () => {
    a.addAt(id(5));
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    world.a.del("s");
    b.createGroup("g2", STREAM_ID_MIN);
    expect(world.converged((region) => new StreamClient(region).groups())).toEqual(["g2"]);
    expect(ids()).toEqual([]);
    expect(world.converged((region) => new StreamClient(region).facts().lastId)).toBe("5-0");
  });

  it("T3: a read that crosses with DEL or XGROUP DESTROY brings nothing back", () => {
    a.addAt(id(1));
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    a.destroyGroup("g");
    expect(b.read("g", "c1")).toEqual(["1-0"]);
    expect(world.converged((region) => new StreamClient(region).groups())).toEqual([]);
    b.createGroup("g", STREAM_ID_MIN);
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([]);
  });

  it("T3: a group that two regions make at once is one group, and goes with the creation that is left", () => {
    a.addAt(id(1));
    world.sync();
    a.createGroup("g", STREAM_ID_MIN);
    b.createGroup("g", STREAM_ID_MIN);
    expect(b.read("g", "c1")).toEqual(["1-0"]);
    a.destroyGroup("g");
    expect(world.converged((region) => new StreamClient(region).groups())).toEqual(["g"]);
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([["1-0", "c1", 1]]);
    a.destroyGroup("g");
    expect(world.converged((region) => new StreamClient(region).groups())).toEqual([]);
  });

  it("T4: what is delivered in one region and not acknowledged is pending in all", () => {
    for (const ms of [1, 2, 3]) a.addAt(id(ms));
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    expect(a.read("g", "c1", 2)).toEqual(["1-0", "2-0"]);
    a.acknowledge("g", id(1));
    world.sync();
    expect(b.own("g", "c1")).toEqual(["2-0"]);
    expect(b.read("g", "c1")).toEqual(["3-0"]);
    world.sync();
    b.acknowledge("g", id(2), id(3));
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([]);
    expect(a.read("g", "c1")).toEqual([]);
  });

  it("T4: two regions may deliver one entry; an acknowledgement takes the delivery it saw", () => {
    a.addAt(id(1));
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    expect(a.read("g", "c1")).toEqual(["1-0"]);
    world.b.clock.advance(5);
    expect(b.read("g", "c2")).toEqual(["1-0"]);
    a.acknowledge("g", id(1));
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([["1-0", "c2", 1]]);
    a.acknowledge("g", id(1));
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([]);
  });

  it("T4: DELCONSUMER keeps what it did not see delivered, and the consumer with it", () => {
    a.addAt(id(1));
    a.createGroup("g", STREAM_ID_MIN);
    a.read("g", "c1");
    world.sync();
    a.removeConsumer("g", "c1");
    b.addAt(id(2));
    expect(b.read("g", "c1")).toEqual(["2-0"]);
    expect(world.converged((region) => new StreamClient(region).pending("g"))).toEqual([["2-0", "c1", 1]]);
    expect(world.converged((region) => new StreamClient(region).consumers("g"))).toEqual(["c1"]);
  });

  it("T5: an entry that arrives late, below the group's last id, is delivered once in each region", () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    a.addAt(id(5));
    b.addAt(id(10));
    expect(b.read("g", "c1")).toEqual(["10-0"]);
    world.sync();
    // A had the entry before B's reader went past it; B got it afterwards. C saw both orders of neither.
    expect(a.read("g", "c2")).toEqual(["5-0"]);
    expect(b.read("g", "c1")).toEqual(["5-0"]);
    expect([a.read("g", "c2"), b.read("g", "c1")]).toEqual([[], []]);
    world.sync();
    expect([a, b, c].map((one) => one.read("g", "c3"))).toEqual([[], [], []]);
    expect(world.converged((region) => new StreamClient(region).pending("g").length)).toBe(2);
  });

  it("T5: a late entry that another region has delivered is not delivered again", () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    a.addAt(id(5));
    b.addAt(id(10));
    b.read("g", "c1");
    world.sync();
    expect(b.read("g", "c1")).toEqual(["5-0"]);
    world.sync();
    expect([a.read("g", "c1"), c.read("g", "c1")]).toEqual([[], []]);
  });

  it("T5: late entries come first, a few at a time, and go with XDEL", () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    for (const ms of [1, 2, 3]) a.addAt(id(ms));
    b.addAt(id(10));
    b.read("g", "c1");
    world.sync();
    b.addAt(id(11));
    b.remove(id(2));
    expect(b.read("g", "c1", 1)).toEqual(["1-0"]);
    expect(b.read("g", "c1", 2)).toEqual(["3-0", "11-0"]);
    expect(b.read("g", "c1")).toEqual([]);
  });

  it("T5: what is late is still so after a restart, from rows and from the log", async () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    a.addAt(id(5));
    b.addAt(id(10));
    b.read("g", "c1");
    world.sync();
    const fromLog = await reopened(world.b);
    expect(new StreamClient(fromLog).read("g", "c1")).toEqual(["5-0"]);
    await world.b.housekeeping.flush();
    const fromRows = await reopened(world.b);
    expect(new StreamClient(fromRows).read("g", "c1")).toEqual(["5-0"]);
  });

  it("T5: XGROUP SETID skips what it saw, and no more", () => {
    for (const ms of [1, 2]) a.addAt(id(ms));
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    b.addAt(id(3));
    a.setGroup("g", id(7));
    world.sync();
    expect(b.read("g", "c1")).toEqual(["3-0"]);
    expect(b.read("g", "c1")).toEqual([]);
    a.setGroup("g", STREAM_ID_MIN);
    world.sync();
    expect(a.read("g", "c2")).toEqual(["1-0", "2-0", "3-0"]);
  });

  it("T5: a group that begins at two places at once delivers in each region what its beginning asks for", () => {
    for (const ms of [1, 2, 3]) a.addAt(id(ms));
    world.sync();
    a.createGroup("g", id(1));
    b.createGroup("g", id(3));
    b.addAt(id(4));
    expect(b.read("g", "c1")).toEqual(["4-0"]);
    world.sync();
    expect(a.read("g", "c2")).toEqual(["2-0", "3-0"]);
  });

  it("T6: of two entries with one explicit id the later is shown, the same everywhere", () => {
    a.addAt(streamId(5, 1), "a", "1");
    world.b.clock.advance(1);
    b.addAt(streamId(5, 1), "a", "2");
    const entries = world.converged((region) => new StreamClient(region).entries());
    expect(entries).toEqual([["5-1", "a", "2"]]);
  });

  it("K4, K9: a copy has entries, groups, what is pending and what is late", () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    a.addAt(id(5));
    b.addAt(id(10));
    b.read("g", "c1");
    world.sync();
    b.region.run((tx) => {
      tx.copy("s", 0, "t");
      tx.delete("s");
    });
    const copy = (region: EngineRegion): StreamClient => new StreamClient(region, "t");
    expect(world.converged((region) => copy(region).ids())).toEqual(["5-0", "10-0"]);
    expect(world.converged((region) => copy(region).pending("g"))).toEqual([["10-0", "c1", 1]]);
    expect(world.converged((region) => copy(region).facts())).toEqual({ lastId: "10-0", added: 2, size: 2 });
    expect(copy(world.b).read("g", "c1")).toEqual(["5-0"]);
  });

  it("E5: a stream that is deleted while another region adds keeps the deadline that was seen", () => {
    a.addAt(id(1));
    world.a.expireIn("s", 1000);
    world.sync();
    world.a.del("s");
    b.addAt(id(2));
    expect(world.converged((region) => region.ttl("s"))).toBe(1000);
  });

  it("counts what every region added, exactly, and what is left for a group", () => {
    a.createGroup("g", STREAM_ID_MIN);
    world.sync();
    for (let index = 0; index < 10; index++) for (const one of [a, b, c]) one.add("*");
    expect(world.converged((region) => new StreamClient(region).facts().added)).toBe(30);
    b.remove(b.all()[3]!);
    expect(world.converged((region) => new StreamClient(region).facts())).toMatchObject({ added: 30, size: 29 });
  });

  it("an id is found, and a range is walked, in any order of arrival", () => {
    const expected: StreamId[] = [];
    // As they come from peers: none is above all others here.
    for (let index = 0; index < 300; index++) {
      const one = streamId((index * 7919) % 1000, index);
      expected.push(one);
      [a, b, c][index % 3]!.region.run((tx) => tx.streams.add("s", one, ["f", String(index)]));
    }
    expected.sort();
    world.sync();
    a.region.run((tx) => {
      const view = tx.streams.get("s")!;
      expect([...view.ids(STREAM_ID_MIN, STREAM_ID_MAX)]).toEqual(expected);
      expect(Array.from(view.reversed(expected[10]!, expected[200]!), ([one]) => one)).toEqual(
        expected.slice(10, 201).toReversed(),
      );
      expect(view.idAt(77)).toBe(expected[77]);
      expect(view.countBelow(expected[123]!)).toBe(123);
    });
    expect(ids()).toEqual(expected.map(formatStreamId));
  });
});
