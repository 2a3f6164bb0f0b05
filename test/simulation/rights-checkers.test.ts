import { describe, expect, it } from "vitest";
import {
  checkConserved,
  checkNeverExceeded,
  checkWindows,
  type ShownLimit,
} from "../support/simulation/checkers/limits.ts";
import { checkFencing, checkHolders, checkLockReads } from "../support/simulation/checkers/locks.ts";
import type { NamedDot } from "../support/simulation/door.ts";
import { reachHomes } from "../support/simulation/judge-rights.ts";
import { LimitBook, type LimitCall } from "../support/simulation/limit-book.ts";
import { LockBook, type Hold, type Token } from "../support/simulation/lock-book.ts";
import { profileOf } from "../support/simulation/profile.ts";
import { World } from "../support/simulation/world.ts";

const never = (): boolean => false;
const always = (): boolean => true;
const dot = (sequence: number): NamedDot => ({ origin: "a#1-0000", sequence });

/** A history of one counter: what was asked, in order, each answered before the next. */
class Counter {
  readonly book = new LimitBook();
  #sequence = 0;

  did(kind: LimitCall["kind"], amount: number, outcome: LimitCall["outcome"] = "granted"): this {
    const call = this.book.begin({ limit: "q", kind, amount, region: "a" });
    call.dot = dot(++this.#sequence);
    call.outcome = outcome;
    call.endedAt = this.book.moment();
    return this;
  }
}

function shown(changes: Partial<ShownLimit> = {}): ShownLimit {
  return {
    minted: 10,
    spent: 4,
    left: 6,
    regions: new Map([
      ["a", 2],
      ["b", 4],
    ]),
    ...changes,
  };
}

describe("a checker of limits finds what is planted", () => {
  const check = (counter: Counter, isExcused: (call: LimitCall) => boolean = never): void =>
    checkNeverExceeded("q", counter.book.calls, isExcused);

  it("B1: more spends acknowledged than rights, at any moment of the history", () => {
    check(new Counter().did("mint", 5).did("spend", 5));
    check(new Counter().did("mint", 5).did("spend", 5).did("return", 2).did("spend", 2));
    check(new Counter().did("mint", 5).did("spend", 5).did("spend", 3, "unknown").did("spend", 3, "refused"));
    expect(() => check(new Counter().did("mint", 5).did("spend", 6))).toThrow(/never exceeded: q: 1 more spent/u);
    // That it is made good later is no excuse, and that it was lost is one.
    const early = new Counter().did("mint", 5).did("spend", 6).did("return", 6);
    expect(() => check(early)).toThrow(/never exceeded/u);
    check(early, ({ amount }) => amount === 6);
    // What was refused made no room; what nobody knows of may have.
    expect(() => check(new Counter().did("mint", 5, "refused").did("spend", 1))).toThrow(/never exceeded/u);
    check(new Counter().did("mint", 5, "unknown").did("spend", 1));
  });

  it("B1: a spend counts from its answer on, what makes room from when it was asked", () => {
    const { book } = new Counter();
    const spend = book.begin({ limit: "q", kind: "spend", amount: 1, region: "a" });
    const mint = book.begin({ limit: "q", kind: "mint", amount: 1, region: "b" });
    Object.assign(spend, { outcome: "granted", endedAt: book.moment() });
    Object.assign(mint, { outcome: "granted", endedAt: book.moment() });
    checkNeverExceeded("q", book.calls, never);
  });

  it("B2: rights that are lost, made out of nothing, or owed", () => {
    const { calls } = new Counter().did("mint", 10).did("spend", 4).did("spend", 2, "refused").book;
    const check2 = (state: ShownLimit | null, isHere: (one: NamedDot) => boolean = always): void =>
      checkConserved("a", "q", state, calls, isHere);
    check2(shown());
    expect(() =>
      check2(
        shown({
          regions: new Map([
            ["a", 2],
            ["b", 3],
          ]),
        }),
      ),
    ).toThrow(/conserved: a shows of q 5 rights, 6 left/u);
    expect(() => check2(shown({ minted: 11, left: 7, regions: new Map([["a", 7]]) }))).toThrow(/11 minted/u);
    expect(() => check2(shown({ spent: 3, left: 7, regions: new Map([["a", 7]]) }))).toThrow(/3 spent/u);
    expect(() =>
      check2(
        shown({
          regions: new Map([
            ["a", -1],
            ["b", 7],
          ]),
        }),
      ),
    ).toThrow(/a has -1 rights/u);
    expect(() => check2(null)).toThrow(/0 minted/u);
    check2(null, never);
  });

  it("B2: what is unknown may have happened or not, and nothing else", () => {
    const { calls } = new Counter().did("mint", 10).did("spend", 4).did("spend", 2, "unknown").book;
    const spent = (number: number): void => {
      const state = shown({ spent: number, left: 10 - number, regions: new Map([["a", 10 - number]]) });
      checkConserved("a", "q", state, calls, always);
    };
    spent(4);
    spent(6);
    expect(() => spent(3)).toThrow(/conserved/u);
    expect(() => spent(7)).toThrow(/told 4 to 6/u);
  });

  it("B6: more let through in a window than its capacity", () => {
    const taken = [1, 2, 3].map((amount) => ({ key: "t", window: amount === 3 ? 8 : 7, amount, dot: dot(amount) }));
    checkWindows(taken, 3, never);
    expect(() => checkWindows(taken, 2, never)).toThrow(/never exceeded: 3 let through of t in window 7, of 2/u);
    checkWindows(taken, 2, ({ sequence }) => sequence > 1);
  });
});

describe("a checker of locks finds what is planted", () => {
  const token = (number: number, askedAt: number, toldAt: number, home = "a"): Token => ({
    home,
    token: number,
    id: null,
    askedAt,
    toldAt,
  });
  const hold = (id: string, fromMs: number, untilMs: number, lock = "l"): Hold => ({
    home: "a",
    lock,
    id,
    fromMs,
    untilMs,
  });

  it("N4: a token that is lower than an earlier one, or told twice", () => {
    checkFencing([token(1, 1, 2), token(2, 3, 4), token(1, 5, 6, "b")]);
    // They overlap: either may be the first.
    checkFencing([token(2, 1, 4), token(1, 2, 5)]);
    expect(() => checkFencing([token(2, 1, 2), token(1, 3, 4)])).toThrow(/fencing: home a told 2 and later 1/u);
    expect(() => checkFencing([token(1, 3, 4), token(2, 1, 2)])).toThrow(/fencing/u);
    expect(() => checkFencing([token(2, 1, 4), token(2, 2, 5)])).toThrow(/fencing/u);
  });

  it("N1: two who are sure to hold one lock", () => {
    checkHolders([hold("x", 0, 10), hold("y", 10, 20), hold("z", 5, 8, "other")]);
    expect(() => checkHolders([hold("x", 0, 10), hold("y", 9, 20)])).toThrow(/one holder: l is held by x .* and by y/u);
  });

  it("N1: a reader who is not shown the holder", () => {
    const read = (shown: string | null, fromMs: number, untilMs: number) => [
      { lock: "l", region: "b", shown, fromMs, untilMs, isBlind: false },
    ];
    checkLockReads(read("x", 1, 9), [hold("x", 0, 10)]);
    checkLockReads(read(null, 1, 11), [hold("x", 0, 10)]);
    checkLockReads(read("y", 1, 9), [hold("x", 2, 10)]);
    expect(() => checkLockReads(read(null, 1, 9), [hold("x", 0, 10)])).toThrow(
      /one holder: b shows l as null while x/u,
    );
    expect(() => checkLockReads(read("y", 1, 9), [hold("x", 0, 10)])).toThrow(/one holder/u);
  });

  it("N1: a call that runs twice", () => {
    const book = new LockBook();
    const run = { id: "op-1", home: "a", dot: dot(1), region: "a", linked: [], atMs: 0, isBlind: false };
    book.ran(run);
    expect(book.twice).toBeNull();
    book.ran({ ...run, dot: dot(2) });
    expect(book.twice).toBe("op-1");
  });
});

describe("the checker of homes", () => {
  const SLOW_MS = 60;

  /** Two regions far from each other, both of which serve. */
  async function farApart(): Promise<World> {
    const taste = { scale: 1, scripts: false, sweeping: false };
    const world = new World({ ...profileOf(1), names: ["a", "b"], taste, logBytesMax: null }, null);
    for (const pair of ["a>b", "b>a"]) world.network.delayMs.set(pair, SLOW_MS);
    await world.begin();
    await world.run(600);
    expect(world.serving()).toHaveLength(2);
    return world;
  }

  async function settle(world: World): Promise<void> {
    for (let round = 0; round < 4; round++) {
      for (const { node } of world.up()) node.sync();
      await world.run(200);
    }
  }

  it("finds one that a member does not reach", async () => {
    const world = await farApart();
    await reachHomes(world);
    world.network.cut("a", "b");
    await expect(reachHomes(world)).rejects.toThrow(/delivery: home . from . is not reached/u);
  });

  it("wants nothing of a region that hears that it is to leave after it has asked, and goes before it is answered", async () => {
    const world = await farApart();
    const [a, b] = [world.place("a"), world.place("b")];
    // What is asked at home would keep it until the other has that.
    a.door!.send(a.door!.connect(0), ["ANTIPODE", "MOVEHOME", "a", "b"], () => {});
    await settle(world);
    b.node.keeper.order("remove", "a", null);
    b.node.sync();
    await world.run(SLOW_MS + 40);
    a.node.sync();
    expect(a.node.keeper.membership.own).toBe("member");
    await reachHomes(world);
    expect(a.node.stage).toBe("left");
  });
});
