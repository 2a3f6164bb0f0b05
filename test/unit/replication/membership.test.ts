import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { MemberKeeper } from "../../../src/node/member-keeper.ts";
import type { FenceLimits } from "../../../src/replication/membership/fence.ts";
import { isCut } from "../../../src/replication/membership/membership.ts";
import { EngineRegion } from "../../support/engine-world.ts";

/** A region with its keeper; links are what this test says. */
interface Node {
  readonly region: EngineRegion;
  readonly keeper: MemberKeeper;
}

class Regions {
  readonly nodes = new Map<string, Node>();
  /** "a>b" of links that are closed. */
  readonly closed = new Set<string>();
  /** "a>b": a put out b, or warned of it. */
  readonly fenced: string[] = [];
  readonly warned: string[] = [];

  constructor(names: readonly string[], fence: Partial<FenceLimits> = {}) {
    for (const name of names) this.add(name, names, fence);
  }

  add(name: string, names: readonly string[], fence: Partial<FenceLimits> = {}): Node {
    const region = new EngineRegion(name, names);
    const peers = names.filter((other) => other !== name).map((other) => ({ name: other, url: `ws://${other}:1` }));
    const linked = (): string[] => [...this.nodes.keys()].filter((other) => this.isOpen(name, other));
    const node = {
      region,
      keeper: new MemberKeeper(
        {
          region: name,
          peers,
          linked,
          place: { rest: `https://${name}.example.net`, resp: null, location: null },
          serves: () => true,
          fence: { ageMaxMs: 0, itemsMax: 0, bytesMax: 0, ...fence },
          onFenced: (fenced) => this.fenced.push(`${name}>${fenced}`),
          onFenceNear: (near) => this.warned.push(`${name}>${near.region}`),
          passedDeadlines: () => region.housekeeping.passedDeadlines,
        },
        region.keyspace,
      ),
    };
    this.nodes.set(name, node);
    return node;
  }

  node(name: string): Node {
    return this.nodes.get(name)!;
  }

  cut(name: string): void {
    for (const other of this.nodes.keys()) this.closed.add(`${name}>${other}`).add(`${other}>${name}`);
  }

  isOpen(from: string, to: string): boolean {
    if (from === to || this.closed.has(`${from}>${to}`)) return false;
    const talks = (one: string, other: string): boolean =>
      this.node(one).keeper.membership.peers.some((peer) => peer.name === other);
    return talks(from, to) && talks(to, from);
  }

  send(from: string, to: string): void {
    if (!this.isOpen(from, to)) return;
    for (const bytes of this.node(from).region.log.records) this.node(to).region.replica.receive(bytes);
    for (const report of this.node(from).region.replica.memberReports()) {
      if (report.region !== to) this.node(to).region.replica.reportMember(report);
    }
  }

  async tick(name: string): Promise<void> {
    this.node(name).keeper.tick(false);
    await Promise.resolve();
  }

  async settle(rounds = 6): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      for (const from of this.nodes.keys()) {
        await this.tick(from);
        for (const to of this.nodes.keys()) this.send(from, to);
      }
    }
  }

  view(at: string, of: string) {
    return this.node(at).keeper.membership.all.find(({ region }) => region === of);
  }
}

describe("members", () => {
  it("MB1: without records the flags' regions are members", () => {
    const regions = new Regions(["a", "b", "c"]);
    expect(regions.node("a").keeper.membership).toMatchObject({ counted: ["a", "b", "c"], cut: [], own: "member" });
    expect(regions.node("a").keeper.membership.peers).toEqual([
      { name: "b", url: "ws://b:1" },
      { name: "c", url: "ws://c:1" },
    ]);
  });

  it("an added region is a learner, known and counted everywhere, and serves once all know of it (ST2)", async () => {
    const regions = new Regions(["a", "b", "c"]);
    regions.node("a").region.set("k", "v");
    await regions.settle();
    regions.node("a").keeper.order("add", "n", "ws://n:1");
    expect(regions.node("a").keeper.membership.counted).toContain("n");
    // Its flags name one region; the records tell it of the others.
    regions.add("n", ["n", "a"]);
    regions.closed.add("n>c").add("c>n").add("a>c").add("c>a").add("b>c").add("c>b");
    await regions.settle();
    expect(regions.node("n").keeper.membership.own).toBe("learner");
    expect(regions.node("n").keeper.membership.counted).toEqual(["a", "b", "c", "n"]);
    regions.closed.clear();
    await regions.settle();
    for (const name of ["a", "b", "c", "n"]) expect(regions.view(name, "n")!.state, name).toBe("member");
    expect(regions.node("n").region.get("k")).toBe("v");
  });

  it("a region that leaves hands over what it has, says so last, and is counted no more (ST3)", async () => {
    const regions = new Regions(["a", "b", "c"]);
    await regions.settle();
    regions.closed.add("c>b").add("b>c").add("c>a").add("a>c");
    regions.node("c").region.set("late", "1");
    regions.node("c").keeper.order("remove", "c", null);
    await regions.settle();
    expect(regions.view("c", "c")!.state).toBe("leaving");
    regions.closed.clear();
    await regions.settle();
    for (const name of ["a", "b"]) {
      expect(regions.view(name, "c")).toMatchObject({ state: "left", isGone: true, awaited: [] });
      expect(regions.node(name).keeper.membership.counted).toEqual(["a", "b"]);
      expect(regions.node(name).region.get("late")).toBe("1");
    }
  });

  it("MB3: an evicted region's frontier is what any remaining member has, once each has reported; nothing comes after", async () => {
    const regions = new Regions(["a", "b", "c", "d"]);
    await regions.settle();
    const c = regions.node("c").region;
    c.set("one", "1");
    regions.send("c", "a");
    regions.send("c", "b");
    c.set("two", "2");
    regions.send("c", "b");
    regions.cut("c");
    c.set("never", "3");
    regions.closed.add("d>a").add("d>b").add("a>d").add("b>d");
    regions.node("a").keeper.order("evict", "c", null);
    await regions.settle();
    // D has not reported: C is still waited for, and holds back what may be forgotten.
    expect(regions.view("a", "c")).toMatchObject({ awaited: ["d"], isGone: false });
    expect(regions.node("a").keeper.membership.counted).toContain("c");
    for (const link of ["d>a", "d>b", "a>d", "b>d"]) regions.closed.delete(link);
    await regions.settle();
    for (const name of ["a", "b", "d"]) {
      // Where it is, and the two that reached somebody.
      expect(regions.view(name, "c"), name).toMatchObject({ frontier: { "c#1-0000": 3 }, awaited: [], isGone: true });
      expect(regions.node(name).region.get("two"), name).toBe("2");
      expect(regions.node(name).region.get("never"), name).toBeNull();
      expect(regions.node(name).keeper.membership.counted, name).toEqual(["a", "b", "d"]);
    }
    expect(regions.node("d").region.keyspace.hasLeft("c")).toBe(true);
    // It is back, and nobody talks to it.
    regions.closed.clear();
    await regions.settle();
    expect(regions.node("a").region.get("never")).toBeNull();
  });

  it("orders that cannot be are refused with a reason", async () => {
    const regions = new Regions(["a", "b"]);
    const { keeper } = regions.node("a");
    expect(() => keeper.order("add", "B!", "ws://b:1")).toThrow("no region's name");
    expect(() => keeper.order("add", "b", "ws://b:1")).toThrow('region "b" is a member already');
    expect(() => keeper.order("add", "c", "http://c")).toThrow("wants the URL");
    expect(() => keeper.order("evict", "a", null)).toThrow("does not evict itself");
    expect(() => keeper.order("remove", "z", null)).toThrow('"z" is not known here');
    keeper.order("evict", "b", null);
    expect(() => keeper.order("add", "b", "ws://b:1")).toThrow("its name is not used again");
    expect(() => keeper.order("remove", "a", null)).toThrow("the last region cannot leave");
  });

  it.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    "operators at once, links that come and go: gone means that nothing more comes, and all agree (seed %d)",
    async (seed) => {
      const random = seededRandom(seed);
      const names = ["a", "b", "c", "d", "e"];
      const regions = new Regions(names);
      await regions.settle(3);
      const dead = seed % 2 === 0 ? ["d", "e"] : ["e"];
      for (let step = 0; step < 120; step++) {
        const [from, to] = [names[random.below(5)]!, names[random.below(5)]!];
        if (step === 30) for (const name of dead) regions.cut(name);
        if (step === 40) regions.node("a").keeper.order("evict", dead[0]!, null);
        if (step === 45 && dead.length > 1) regions.node("b").keeper.order("evict", dead[1]!, null);
        if (step === 60 && seed % 3 === 0) regions.node("b").keeper.order("remove", "c", null);
        if (step > 30 && dead.includes(from)) continue;
        const roll = random.below(10);
        if (roll < 3) regions.node(from).region.set(`${from}${step}`, "1");
        else if (roll < 8) regions.send(from, to);
        else await regions.tick(from);
        for (const name of names.filter((one) => !dead.includes(one))) {
          for (const { region, isGone } of regions.node(name).keeper.membership.all) {
            if (!isGone) continue;
            const here = regions.node(name).region.replica.sequenceOf(`${region}#1-0000`);
            for (const other of names.filter((one) => !dead.includes(one) && one !== region)) {
              if (isCut(regions.node(other).keeper.membership.own)) continue;
              const there = regions.node(other).region.replica.sequenceOf(`${region}#1-0000`);
              expect(there, `${name} has dropped ${region}, and ${other} has more`).toBeLessThanOrEqual(here);
            }
          }
        }
      }
      await regions.settle(8);
      const remaining = names.filter(
        (name) => !isCut(regions.node("a").keeper.membership.all.find(({ region }) => region === name)!.state),
      );
      const views = remaining.map((name) =>
        JSON.stringify(regions.node(name).keeper.membership.all.map((view) => ({ ...view, url: "" }))),
      );
      expect(new Set(views).size).toBe(1);
      expect(regions.node("a").keeper.membership.counted).toEqual(remaining);
    },
  );

  it.each([
    ["things", { itemsMax: 40 }],
    ["bytes", { bytesMax: 8_000 }],
    ["age", { ageMaxMs: 660_000 }],
  ])(
    "FN1–FN3, BL1: a silent member that has spent its budget of %s is warned of and put out; what was kept for it goes",
    async (_, budget) => {
      const regions = new Regions(["a", "b", "c"], budget);
      const [a, b, c] = ["a", "b", "c"].map((name) => regions.node(name)) as [Node, Node, Node];
      c.region.set("known", "1");
      await regions.settle();
      regions.cut("c");
      // It had not observed the deletes, and would bring the sessions back.
      for (let key = 0; key < 30; key++) c.region.set(`sess:${key}`, "revived");
      c.region.set("alone", "1");
      const forward = async (ms: number): Promise<void> => {
        for (const { region } of [a, b]) region.clock.advance(ms);
        await regions.settle();
        for (const { region } of [a, b]) region.housekeeping.tick();
      };
      for (let key = 0; key < 30; key++) {
        a.region.del(`sess:${key}`);
        b.region.add(`counter:${key}`, 1);
      }
      await forward(540_000);
      expect(regions.fenced).toEqual([]);
      expect(a.keeper.kept.items).toBeGreaterThanOrEqual(60);
      expect(a.keeper.kept.bytes).toBeGreaterThan(8_000);
      await forward(300_000);
      expect(regions.warned).toContain("a>c");
      expect(regions.fenced.length).toBeGreaterThan(0);
      expect(new Set(regions.fenced.map((one) => one.slice(-1)))).toEqual(new Set(["c"]));
      await forward(120_000);
      expect([regions.view("a", "c")!.isGone, regions.view("b", "c")!.isGone]).toEqual([true, true]);
      await forward(120_000);
      for (const { keeper } of [a, b]) expect(keeper.kept).toEqual({ items: 0, bytes: 0 });
      // It comes back, and nothing of what it had not observed is merged.
      regions.closed.clear();
      await regions.settle();
      for (const { region } of [a, b]) {
        expect([region.get("known"), region.get("alone"), region.get("sess:3")]).toEqual(["1", null, null]);
      }
      expect(c.region.get("alone")).toBe("1");
    },
  );
});
