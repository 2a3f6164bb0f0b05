import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import {
  evenShares,
  formatPolicy,
  parsePolicy,
  type LimitAnswer,
  type LimitPolicy,
} from "../../../src/crdt/limit/limit-policy.ts";
import { SYSTEM_DATABASE } from "../../../src/crdt/operations/operation-kind.ts";
import { LimitSteward } from "../../../src/keyspace/limit-steward.ts";
import { LimitCopyError, WrongTypeError } from "../../../src/keyspace/transaction-port.ts";
import { POLICIES_KEY } from "../../../src/keyspace/types/limit/limit-transaction.ts";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

const REGIONS = ["a", "b", "c"];

class LimitWorld extends EngineWorld {
  readonly stewards = this.all.map((region) => new LimitSteward(region.keyspace));

  /** Batches go round and wishes are answered until nobody has anything to say. */
  round(): void {
    for (let turn = 0; turn < 3; turn++) {
      this.sync();
      for (const steward of this.stewards) steward.answer();
    }
    this.sync();
  }

  async define(policy: Omit<LimitPolicy, "version">, name = "p"): Promise<void> {
    define(this.a, policy, name);
    await this.settle();
    await this.settle();
  }
}

function define(region: EngineRegion, policy: Omit<LimitPolicy, "version">, name = "p"): void {
  region.keyspace.transact(SYSTEM_DATABASE, (tx) => tx.hashes.put(POLICIES_KEY, [name, formatPolicy(policy)]));
}

const POLICY: Omit<LimitPolicy, "version"> = {
  mode: "strict",
  algorithm: "fixed",
  capacity: 30,
  windowMs: 1000,
  refill: 0,
  shares: evenShares(30, REGIONS),
};

const mint = (region: EngineRegion, amount: number): void => region.run((tx) => tx.limits.mint("k", amount));
const spend = (region: EngineRegion, amount: number): LimitAnswer => region.run((tx) => tx.limits.spend("k", amount));
const here = (region: EngineRegion): number => region.run((tx) => tx.limits.counter("k")!.of(region.name));
const left = (region: EngineRegion): number => region.run((tx) => tx.limits.counter("k")!.left);

function take(region: EngineRegion, amount = 1): LimitAnswer {
  return region.run((tx) => tx.limits.take("k", tx.limits.policy("p")!.policy, amount));
}

function causeOf(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return (error as Error).cause;
  }
  return null;
}

describe("bounded counters between three engines", () => {
  it("B1: what is minted in one region is spent there alone until it is given away", () => {
    const world = new LimitWorld();
    mint(world.a, 10);
    world.sync();
    expect(spend(world.b, 1)).toBe("elsewhere");
    expect(spend(world.a, 10)).toBe("granted");
    expect(spend(world.a, 1)).toBe("gone");
  });

  it("B2: rights on their way are nobody's, and arrive once", () => {
    const world = new LimitWorld();
    mint(world.a, 10);
    world.sync();
    world.a.run((tx) => tx.limits.move("k", "b", 6));
    expect([here(world.a), here(world.b)]).toEqual([4, 0]);
    world.sync();
    world.sync();
    expect([here(world.a), here(world.b), left(world.c)]).toEqual([4, 6, 10]);
  });

  it("B3: a region without rights asks, and those who have give half", () => {
    const world = new LimitWorld();
    mint(world.a, 100);
    world.sync();
    expect(spend(world.b, 10)).toBe("elsewhere");
    world.round();
    expect(spend(world.b, 10)).toBe("granted");
    expect(here(world.a) + here(world.b)).toBe(90);
    expect(here(world.a)).toBeGreaterThan(0);
  });

  it("B3: a wish that came while there was nothing is answered when something is minted", () => {
    const world = new LimitWorld();
    mint(world.a, 1);
    world.sync();
    spend(world.b, 1);
    spend(world.a, 1);
    world.round();
    expect(spend(world.b, 1)).toBe("gone");
    mint(world.a, 50);
    world.round();
    expect(spend(world.b, 1)).toBe("granted");
  });

  it("B4: what is given back is spent again, by whoever it was given back to", () => {
    const world = new LimitWorld();
    mint(world.a, 5);
    expect(spend(world.a, 5)).toBe("granted");
    world.sync();
    world.b.run((tx) => tx.limits.giveBack("k", 2));
    expect([here(world.a), here(world.b), left(world.b)]).toEqual([0, 2, 2]);
    expect(spend(world.b, 2)).toBe("granted");
  });

  it("B5: a delete wins over what is spent at the same time, and a new counter starts whole", () => {
    const world = new LimitWorld();
    mint(world.a, 10);
    world.a.run((tx) => tx.limits.move("k", "b", 5));
    world.sync();
    world.c.del("k");
    expect(spend(world.b, 3)).toBe("granted");
    world.sync();
    expect(world.a.run((tx) => tx.limits.counter("k"))).toBeNull();
    mint(world.a, 7);
    world.sync();
    expect(world.converged((region) => left(region))).toBe(7);
  });

  it("B5: a limit is neither renamed nor copied: its rights would exist twice", () => {
    const world = new LimitWorld();
    mint(world.a, 10);
    expect(causeOf(() => world.a.run((tx) => tx.copy("k", 0, "other")))).toBeInstanceOf(LimitCopyError);
    expect(causeOf(() => world.a.run((tx) => tx.swap(0, 1)))).toBeInstanceOf(LimitCopyError);
    expect(world.a.run((tx) => tx.typeOf("k"))).toBe("limit");
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("B1, B2: never over, whatever order batches come in (seed %i)", (seed) => {
    const world = new LimitWorld();
    const random = seededRandom(seed);
    let [minted, granted] = [0, 0];
    for (let step = 0; step < 400; step++) {
      const region = world.all[random.below(3)]!;
      const [from, to] = [world.all[random.below(3)]!, world.all[random.below(3)]!];
      const roll = random.below(10);
      if (roll === 0) {
        minted += 20;
        mint(region, 20);
      } else if (roll < 6 && region.run((tx) => tx.limits.counter("k")) !== null) {
        const amount = 1 + random.below(6);
        if (spend(region, amount) === "granted") granted += amount;
      } else if (from !== to && roll < 9) {
        // Causal delivery: whatever `from` had of the third has to come with it.
        world.send(from, to);
      } else for (const steward of world.stewards) steward.answer();
      for (const one of world.all) {
        if (one.run((tx) => tx.limits.counter("k")) !== null) expect(here(one)).toBeGreaterThanOrEqual(0);
      }
      expect(granted).toBeLessThanOrEqual(minted);
      world.advance(random.below(300));
    }
    world.sync();
    // Conserved: what is not spent is still somewhere.
    const total = world.all.reduce((sum, region) => sum + here(region), 0);
    expect(total).toBe(minted - granted);
    expect(world.converged((region) => left(region))).toBe(minted - granted);
  });
});

describe("rate limits between three engines", () => {
  it("B6: each region lets its share through while it is cut off, and no more", async () => {
    const world = new LimitWorld();
    await world.define(POLICY);
    let granted = 0;
    for (let index = 0; index < 30; index++) {
      for (const region of world.all) if (take(region) === "granted") granted++;
    }
    expect(granted).toBe(30);
    world.sync();
    expect(take(world.a)).toBe("gone");
    world.advance(1000);
    expect(take(world.a)).toBe("granted");
  });

  it("B6: what others do not use is lent to who asks, for that window", async () => {
    const world = new LimitWorld();
    await world.define(POLICY);
    let granted = 0;
    for (let index = 0; index < 100 && granted < 30; index++) {
      const answer = take(world.b);
      if (answer === "granted") granted++;
      world.round();
      // Another wish, if the last is not answered in full.
      if (answer !== "granted") world.advance(20);
    }
    expect(granted).toBeGreaterThan(27);
    world.advance(2000);
    for (const region of world.all)
      expect(region.run((tx) => tx.limits.window("k", tx.limits.policy("p")!.policy).here)).toBe(10);
  });

  it("B7: a strict policy is not used before every region knows it; an approximate one is at once", async () => {
    const world = new LimitWorld();
    define(world.a, POLICY);
    define(world.a, { ...POLICY, mode: "approximate" }, "loose");
    const isActive = (region: EngineRegion, name: string): boolean | undefined =>
      region.run((tx) => tx.limits.policy(name)?.isActive);
    expect([isActive(world.a, "p"), isActive(world.a, "loose")]).toEqual([false, true]);
    world.sync();
    expect(isActive(world.b, "p")).toBe(false);
    await world.settle();
    await world.settle();
    expect(world.all.map((region) => isActive(region, "p"))).toEqual([true, true, true]);
    define(world.b, { ...POLICY, capacity: 9, shares: evenShares(9, REGIONS) });
    world.sync();
    expect(world.all.map((region) => isActive(region, "p"))).toEqual([false, false, false]);
  });

  it("B8: an approximate policy counts what it has heard of", async () => {
    const world = new LimitWorld();
    define(world.a, { ...POLICY, mode: "approximate" });
    world.sync();
    for (let index = 0; index < 30; index++) expect(take(world.a)).toBe("granted");
    expect(take(world.a)).toBe("gone");
    world.sync();
    expect(take(world.b)).toBe("gone");
  });

  it.each(["fixed", "sliding", "bucket"] as const)("B6: %s never lets through more than it says", async (algorithm) => {
    for (let seed = 1; seed <= 4; seed++) {
      const world = new LimitWorld();
      const policy = { ...POLICY, algorithm, refill: algorithm === "bucket" ? 10 : 0 };
      await world.define(policy);
      const random = seededRandom(seed);
      const grants: number[] = [];
      // Clocks begin at a window's edge, so that windows are what the test believes.
      const startMs = world.a.clock.wallMs();
      world.advance(1000 - (startMs % 1000));
      for (let step = 0; step < 1500; step++) {
        const region = world.all[Math.min(2, random.below(5))]!;
        if (take(region) === "granted") grants.push(region.clock.wallMs());
        if (random.below(4) === 0) world.send(world.all[random.below(3)]!, world.all[random.below(3)]!);
        if (random.below(8) === 0) for (const steward of world.stewards) steward.answer();
        if (random.below(3) === 0) world.advance(random.below(40));
      }
      expect(grants.length).toBeGreaterThan(100);
      expect(worstExcess(grants, policy)).toBeLessThanOrEqual(0);
    }
  });

  it("B6: by each region's own clock, however far clocks are apart", async () => {
    const world = new LimitWorld();
    await world.define(POLICY);
    world.b.clock.advance(700);
    world.c.clock.advance(12_345);
    const random = seededRandom(9);
    const byWindow = new Map<number, number>();
    for (let step = 0; step < 2500; step++) {
      const region = world.all[random.below(3)]!;
      const window = Math.floor(region.clock.wallMs() / POLICY.windowMs);
      if (take(region) === "granted") byWindow.set(window, (byWindow.get(window) ?? 0) + 1);
      if (random.below(4) === 0) world.send(world.all[random.below(3)]!, world.all[random.below(3)]!);
      if (random.below(8) === 0) for (const steward of world.stewards) steward.answer();
      if (random.below(3) === 0) world.advance(random.below(40));
    }
    expect(byWindow.size).toBeGreaterThan(10);
    expect(Math.max(...byWindow.values())).toBeLessThanOrEqual(POLICY.capacity);
  });

  it("a key is a counter or a rate limit, not both", async () => {
    const world = new LimitWorld();
    await world.define(POLICY);
    mint(world.a, 5);
    expect(causeOf(() => take(world.a))).toBeInstanceOf(WrongTypeError);
    take(world.b);
    world.b.set("s", "x");
    expect(causeOf(() => world.b.run((tx) => tx.limits.counter("s")))).toBeInstanceOf(WrongTypeError);
  });

  it("a definition reads back as it was written", () => {
    const text = formatPolicy(POLICY);
    expect(parsePolicy(text)).toMatchObject({
      ...POLICY,
      shares: new Map([
        ["a", 10],
        ["b", 10],
        ["c", 10],
      ]),
    });
    expect(parsePolicy("strict fixed x")).toBeNull();
    expect([...evenShares(10, REGIONS).values()]).toEqual([4, 3, 3]);
  });
});

/** By how much the worst moment was over: a reference that knows nothing of shares. */
function worstExcess(
  grants: readonly number[],
  { algorithm, capacity, windowMs, refill }: Omit<LimitPolicy, "version">,
): number {
  let worst = Number.NEGATIVE_INFINITY;
  const inWindow = (window: number, untilMs: number): number =>
    grants.filter((atMs) => Math.floor(atMs / windowMs) === window && atMs <= untilMs).length;
  if (algorithm === "bucket") {
    let [level, window] = [capacity, Math.floor(grants[0]! / windowMs)];
    for (const atMs of grants) {
      const now = Math.floor(atMs / windowMs);
      level = Math.min(capacity, level + (now - window) * refill) - 1;
      window = now;
      worst = Math.max(worst, -level);
    }
    return worst;
  }
  for (const atMs of grants) {
    const window = Math.floor(atMs / windowMs);
    const before =
      algorithm === "sliding" ? inWindow(window - 1, atMs) * (1 - (atMs - window * windowMs) / windowMs) : 0;
    worst = Math.max(worst, inWindow(window, atMs) + before - capacity);
  }
  return worst;
}
