import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { CLIENT_LIMITS } from "../../../src/client/limits.ts";
import { chooseRegion, noChoice, type RegionChoice } from "../../../src/client/region-choice.ts";
import {
  probePauseMs,
  probeTimeoutMs,
  see,
  unseen,
  type RegionSight,
  type SightEvent,
} from "../../../src/client/region-sight.ts";
import { SeenTokens } from "../../../src/client/seen-tokens.ts";

/** Milliseconds of a round trip, `silent`, `refuses`, or an answer that it is not ready. */
type Behaviour = number | "silent" | "refuses" | { readonly notReady: string };
type World = Readonly<Record<string, (atMs: number) => Behaviour>>;

interface Move {
  readonly atMs: number;
  readonly to: string | null;
}

/** One client's view in virtual time: each region looked at in turn, as the driver does it. */
function simulate(world: World, untilMs: number, prefer: string | null = null, seed = 1) {
  const random = seededRandom(seed);
  const limits = CLIENT_LIMITS;
  const sights = new Map(Object.keys(world).map((name) => [name, unseen(name)]));
  const looks = Object.keys(world).map((name) => ({ name, dueMs: random.next() * 100 }));
  let choice: RegionChoice = noChoice(0);
  const moves: Move[] = [];
  const downs: Move[] = [];
  while (looks.length > 0) {
    const look = looks.toSorted((one, other) => one.dueMs - other.dueMs)[0]!;
    if (look.dueMs > untilMs) break;
    const before = sights.get(look.name)!;
    const behaviour = world[look.name]!(look.dueMs);
    const timeoutMs = probeTimeoutMs(before, limits);
    const tookMs =
      typeof behaviour === "number" ? Math.min(behaviour, timeoutMs) : behaviour === "silent" ? timeoutMs : 1;
    const nowMs = look.dueMs + tookMs;
    const isAnswer = typeof behaviour === "object" || (typeof behaviour === "number" && behaviour <= timeoutMs);
    const event: SightEvent = isAnswer
      ? { kind: "answered", roundTripMs: tookMs, notReady: typeof behaviour === "object" ? behaviour.notReady : null }
      : { kind: "failed", reason: String(behaviour) };
    const after = see(before, event, nowMs, limits);
    sights.set(look.name, after);
    if (after.state === "down" && before.state !== "down") downs.push({ atMs: nowMs, to: look.name });
    look.dueMs = nowMs + Math.max(1, probePauseMs(after, limits));
    if (nowMs < 1000 && choice.name === null && [...sights.values()].some(({ state }) => state === "unknown")) continue;
    const isRound = isAnswer && look.name === choice.name;
    const step = chooseRegion(choice, [...sights.values()], prefer, isRound, nowMs, limits);
    choice = step.choice;
    if (step.reason !== null) moves.push({ atMs: nowMs, to: choice.name });
  }
  return { moves, downs, choice, sights };
}

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);
const MINUTE_MS = 60_000;

describe("a client's choice of region", () => {
  test("is the nearest, and stays there through trembling round trips", () => {
    for (const seed of SEEDS) {
      const random = seededRandom(seed * 7);
      const trembling = (ms: number) => () => ms * (0.8 + 0.4 * random.next());
      const { moves } = simulate(
        { near: trembling(20), other: trembling(22), far: trembling(90) },
        10 * MINUTE_MS,
        null,
        seed,
      );
      // Of two that are nearly equal one look may take the farther; that is put right once, and no more.
      expect(moves.length, `seed ${seed}`).toBeLessThanOrEqual(2);
      if (moves.length === 2) expect(moves[1]!.to).toBe("near");
    }
  });

  test.each([1, 20, 80, 150, 250])(
    "a region %i ms away that falls silent is left within two seconds",
    (roundTripMs) => {
      for (const seed of SEEDS) {
        const failsMs = 20_000 + seed * 11;
        const near = (atMs: number): Behaviour => (atMs + roundTripMs < failsMs ? roundTripMs : "silent");
        const { moves } = simulate({ near, far: () => roundTripMs + 30 }, 30_000, null, seed);
        expect(moves[0]!.to).toBe("near");
        expect(moves[1]!.to).toBe("far");
        expect(moves[1]!.atMs - failsMs, `seed ${seed}`).toBeLessThanOrEqual(2000);
      }
    },
  );

  test("one look that is lost moves nobody", () => {
    for (const seed of SEEDS) {
      let lost = 0;
      const near = (atMs: number): Behaviour => (atMs > 10_000 && lost++ === 0 ? "silent" : 10);
      expect(simulate({ near, far: () => 50 }, 5 * MINUTE_MS, null, seed).moves.length).toBe(1);
    }
  });

  test("flapping: an hour of it costs few moves, each outage makes the return slower", () => {
    for (const seed of SEEDS.slice(0, 20)) {
      // Ten seconds up, five gone, again and again.
      const near = (atMs: number): Behaviour => (atMs % 15_000 < 10_000 ? 10 : "silent");
      const { moves, downs } = simulate({ near, far: () => 60 }, 60 * MINUTE_MS, null, seed);
      expect(downs.length).toBeLessThan(20);
      expect(moves.length, `seed ${seed}`).toBeLessThan(20);
    }
  });

  test("a region that answers that it is not ready is the last that is taken, and given up at once", () => {
    const near = (atMs: number): Behaviour => (atMs > 10_000 && atMs < 60_000 ? { notReady: "LOADING" } : 10);
    const { moves } = simulate({ near, far: () => 60 }, 3 * MINUTE_MS);
    expect(moves.map(({ to }) => to)).toEqual(["near", "far", "near"]);
    expect(moves[1]!.atMs).toBeLessThanOrEqual(11_000);
    expect(simulate({ near: () => ({ notReady: "LOADING" }), far: () => "silent" as const }, 5000).choice.name).toBe(
      "near",
    );
  });

  test("all down: it stays where it is, and takes the first that answers again", () => {
    const near = (atMs: number): Behaviour => (atMs < 10_000 ? 10 : "refuses");
    const far = (atMs: number): Behaviour => (atMs < 10_000 || atMs > 40_000 ? 60 : "refuses");
    const { moves, choice } = simulate({ near, far }, 2 * MINUTE_MS);
    expect(choice.name).toBe("far");
    expect(moves.at(-1)!.atMs).toBeGreaterThan(40_000);
    expect(moves.at(-1)!.atMs).toBeLessThan(48_000);
  });

  test("a nearer one is taken after three looks and 30 s; the preferred one whenever it is up", () => {
    const moved = simulate({ a: () => 50, b: (atMs) => (atMs < 10_000 ? 90 : 20) }, 2 * MINUTE_MS).moves;
    expect(moved.map(({ to }) => to)).toEqual(["a", "b"]);
    expect(moved[1]!.atMs).toBeGreaterThanOrEqual(30_000);
    const slow = (atMs: number): Behaviour => (atMs > 10_000 && atMs < 50_000 ? "silent" : 90);
    const preferred = simulate({ near: () => 10, home: slow }, 3 * MINUTE_MS, "home").moves;
    expect(preferred.map(({ to }) => to)).toEqual(["home", "near", "home"]);
  });

  test("any world: it is never at a region that is down while another is up, and moves for comfort only after its time", () => {
    for (const seed of SEEDS) {
      const random = seededRandom(seed * 13);
      const scripts = ["a", "b", "c"].map((name) => {
        const phases = Array.from({ length: 40 }, () => {
          const draw = random.next();
          return draw < 0.2 ? "silent" : draw < 0.3 ? "refuses" : 5 + random.next() * 100;
        });
        return [name, (atMs: number): Behaviour => phases[Math.floor(atMs / 30_000) % 40]!] as const;
      });
      const { moves, downs } = simulate(Object.fromEntries(scripts), 20 * MINUTE_MS, null, seed);
      for (const [index, move] of moves.entries()) {
        const before = moves[index - 1];
        if (before === undefined) continue;
        const isForced = downs.some(({ to, atMs }) => to === before.to && atMs <= move.atMs && atMs >= before.atMs - 1);
        const wasDown = downs.some(({ to, atMs }) => to === before.to && atMs <= move.atMs);
        if (!isForced && !wasDown)
          expect(move.atMs - before.atMs, `seed ${seed}`).toBeGreaterThanOrEqual(CLIENT_LIMITS.dwellMs);
      }
    }
  });
});

test("a list that loses the region in use makes another one be taken; an empty one leaves none", () => {
  const up = (name: string, latencyMs: number): RegionSight => ({ ...unseen(name), state: "up", latencyMs });
  const at: RegionChoice = { ...noChoice(0), name: "gone" };
  const step = chooseRegion(at, [up("a", 5), up("b", 3)], null, false, 10, CLIENT_LIMITS);
  expect(step).toMatchObject({ choice: { name: "b" }, reason: "gone is no longer a region" });
  expect(chooseRegion(at, [], null, false, 10, CLIENT_LIMITS).choice.name).toBeNull();
});

describe("tokens of what was seen", () => {
  test("the next region owes the latest of the last one, until it has it", () => {
    const seen = new SeenTokens();
    expect(seen.owedBy("a")).toEqual([]);
    seen.hold("a1", "a");
    seen.hold("a2", "a");
    expect(seen.owedBy("a")).toEqual([]);
    expect(seen.owedBy("b")).toEqual(["a2"]);
    seen.covered("a2", "b");
    expect(seen.owedBy("b")).toEqual([]);
    seen.hold("b1", "b");
    expect(seen.owedBy("c")).toEqual(["b1"]);
  });

  test("what a region did not get is owed by the others, and not by it again", () => {
    const seen = new SeenTokens();
    seen.hold("a1", "a");
    seen.unmet("b");
    expect(seen.owedBy("b")).toEqual([]);
    seen.hold("b1", "b");
    expect(seen.owedBy("c")).toEqual(["b1", "a1"]);
    expect(seen.owedBy("a")).toEqual(["b1", "a1"]);
    seen.covered("a1", "a");
    expect(seen.owedBy("c")).toEqual(["b1"]);
  });

  test("a region that was used without having been asked leaves both owed; at most eight are kept", () => {
    const seen = new SeenTokens();
    seen.hold("a1", "a");
    seen.hold("b1", "b");
    expect(seen.owedBy("c")).toEqual(["b1", "a1"]);
    for (let index = 0; index < 20; index++) seen.hold(`t${index}`, `r${index}`);
    expect(seen.owedBy("c").length).toBe(9);
  });
});
