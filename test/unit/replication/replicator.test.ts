import { beforeEach, describe, expect, it } from "vitest";
import { EngineRegion } from "../../support/engine-world.ts";
import { FakeNetwork } from "../../support/fake-links.ts";

const NAMES = ["a", "b", "c"];

describe("three regions over a fake network", () => {
  let network: FakeNetwork;
  let regions: EngineRegion[];
  const region = (name: string): EngineRegion => regions.find((one) => one.name === name)!;
  const joinAll = (): void => {
    for (const one of regions)
      network.join(
        one,
        NAMES.filter((name) => name !== one.name),
      );
  };
  beforeEach(() => {
    network = new FakeNetwork(1);
    regions = NAMES.map((name) => new EngineRegion(name, NAMES));
  });
  const digests = (): Set<string> => new Set(regions.map((one) => one.digest(1_800_000_000_000)));

  it("carries every region's writes to every other", async () => {
    joinAll();
    await network.run(50);
    for (const one of regions) one.set(`from-${one.name}`, "1");
    await network.run(50);
    for (const one of regions) for (const name of NAMES) expect(one.get(`from-${name}`)).toBe("1");
    expect(digests().size).toBe(1);
  });

  it("sends nothing twice while all are healthy", async () => {
    joinAll();
    await network.run(50);
    const value = "x".repeat(10_000);
    for (let index = 0; index < 50; index++) {
      region("a").set(`k${index}`, value);
      await network.run(2);
    }
    await network.run(100);
    expect(digests().size).toBe(1);
    const carried = [...network.carried.values()].reduce((sum, bytes) => sum + bytes, 0);
    expect(carried).toBeLessThan(2 * 50 * 10_200);
  });

  it("A–C cut: what flows between them flows through B", async () => {
    network.cut("a", "c");
    network.cut("c", "a");
    joinAll();
    await network.run(2_000);
    region("a").set("k", "from-a");
    region("c").set("l", "from-c");
    await network.run(2_000);
    expect(region("c").get("k")).toBe("from-a");
    expect(region("a").get("l")).toBe("from-c");
  });

  it("a link that falls silent is given up, its traffic takes the other way, and comes back after healing", async () => {
    joinAll();
    await network.run(1_000);
    network.cut("a", "c");
    network.cut("c", "a");
    region("a").set("k", "1");
    await network.run(10_000, 5);
    expect(region("c").get("k")).toBe("1");
    network.heal();
    region("c").set("l", "2");
    await network.run(10_000, 5);
    expect(region("a").get("l")).toBe("2");
    expect(digests().size).toBe(1);
  });

  it("an effect waits for its cause though they come over different links", async () => {
    network.delayMs.set("a>c", 500);
    joinAll();
    await network.run(3_000);
    region("a").set("x", "1");
    await network.run(30);
    expect(region("b").get("x")).toBe("1");
    region("b").set("y", "1");
    await network.run(50);
    expect(region("c").get("y")).toBeNull();
    await network.run(1_000);
    expect([region("c").get("x"), region("c").get("y")]).toEqual(["1", "1"]);
  });

  it("a slow peer costs the others nothing and gets everything in the end", async () => {
    network = new FakeNetwork(1, { linkBufferedBytesMax: 50_000, frameBytesMax: 20_000 });
    network.delayMs.set("a>c", 400);
    joinAll();
    await network.run(3_000);
    for (let index = 0; index < 200; index++) region("a").set(`k${index}`, "x".repeat(5_000));
    await network.run(200);
    expect(region("b").run((tx) => tx.size())).toBe(200);
    await network.run(30_000, 10);
    expect(region("c").run((tx) => tx.size())).toBe(200);
  });

  it("a batch larger than a frame arrives whole", async () => {
    network = new FakeNetwork(1, { frameBytesMax: 10_000 });
    joinAll();
    await network.run(50);
    region("a").set("big", "y".repeat(123_456));
    region("a").set("small", "1");
    await network.run(100);
    expect(region("b").get("big")).toHaveLength(123_456);
    expect(region("c").get("small")).toBe("1");
  });

  it("damaged frames close links and lose nothing", async () => {
    network.corruption = 0.05;
    joinAll();
    for (let index = 0; index < 100; index++) {
      for (const one of regions) one.set(`${one.name}${index}`, String(index));
      await network.run(20);
    }
    network.corruption = 0;
    await network.run(10_000, 5);
    expect(digests().size).toBe(1);
    expect(region("a").run((tx) => tx.size())).toBe(300);
  });

  it("HS1: a peer with the wrong secret gets nothing and gives nothing", async () => {
    const a = network.join(region("a"), ["b", "c"]);
    network.join(region("b"), ["a"], { secret: "another secret" });
    network.join(region("c"), ["a"]);
    region("a").set("k", "1");
    region("b").set("l", "1");
    await network.run(2_000);
    expect(region("b").get("k")).toBeNull();
    expect(region("a").get("l")).toBeNull();
    expect(region("c").get("k")).toBe("1");
    expect(a.status(network.nowMs).find((peer) => peer.peer === "b")!.lastError).toContain(
      "does not prove the shared secret",
    );
  });

  it("HS3: a region that is not a peer is refused, and told which flag would admit it", async () => {
    network.join(region("a"), ["b"]);
    const c = network.join(region("c"), ["a"]);
    await network.run(500);
    expect(c.status(network.nowMs)[0]!.lastError).toContain("start it with --peer c=");
  });

  it("reports go round, so that everything becomes stable", async () => {
    joinAll();
    await network.run(100);
    region("a").add("c", 1);
    region("b").add("c", 2);
    await network.run(2_000);
    for (const one of regions) {
      one.housekeeping.tick();
      expect(one.keyspace.unfolded.size).toBe(0);
    }
  });
});
