import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { ROUTER_LIMITS } from "../../src/router/limits.ts";
import { SimulatedRouter, type Behaviour, type Routed, type Script } from "./simulated-router.ts";

const MINUTE_MS = 60_000;
const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

const steady =
  (roundTripMs: number): Script =>
  () => ({ probe: roundTripMs });

/** A trembling round trip, as wide-area ones are: mostly near its least, at times far above. */
function trembling(roundTripMs: number, seed: number): Script {
  const random = seededRandom(seed);
  return () => ({ probe: roundTripMs * (1 + 0.15 * random.next() + (random.next() < 0.02 ? random.next() : 0)) });
}

/** From `fromMs` on as `then` says, before like `first`. */
const from =
  (fromMs: number, first: Script, then: Script): Script =>
  (atMs) =>
    atMs < fromMs ? first(atMs) : then(atMs);

const silent: Script = () => ({ probe: "silent" });
const refuses: Script = () => ({ probe: "refuses" });

function firstDown(router: SimulatedRouter, region: string, afterMs: number): number {
  return (
    router.health.find((change) => change.region === region && change.to === "down" && change.atMs >= afterMs)?.atMs ??
    Infinity
  );
}

/** [RT1] Clients are moved for comfort only after the dwell; else only away from what cannot serve, or serves only at need. */
function checkDwell(router: SimulatedRouter, seed: number): void {
  const { nearestChanges } = router;
  for (const [index, change] of nearestChanges.entries()) {
    const before = nearestChanges[index - 1];
    if (before === undefined || change.from === null || change.leftStanding !== "available") continue;
    expect(change.atMs - before.atMs, `seed ${seed} at ${change.atMs}`).toBeGreaterThanOrEqual(
      ROUTER_LIMITS.choice.dwellMs,
    );
  }
}

/** [RT2] Nobody is sent first to a region that is down, or behind, while another one can serve. [RT3] Everybody is sent somewhere. */
function checkRouted({ atMs, first, reason, candidates }: Routed): void {
  const chosen = candidates.find(({ name }) => name === first)!;
  const isSomeAvailable = candidates.some(({ standing }) => standing === "available");
  if (isSomeAvailable && chosen.standing !== "available")
    throw new Error(`at ${atMs} sent to ${first}: ${chosen.standing}`);
  const isSomeFit = candidates.some(({ standing }) => standing !== "unavailable");
  if (!isSomeFit && reason !== "fail-open") throw new Error(`at ${atMs} all are down, and the reason is ${reason}`);
}

describe("the router in virtual time", () => {
  test.each<[string, Script]>([
    ["falls silent", silent],
    ["refuses", refuses],
    [
      "takes connections and answers nothing, while its probes are answered now and then",
      (atMs) => ({ probe: atMs % 5000 < 100 ? 20 : "silent" }),
    ],
    ["answers probes and fails every request", () => ({ probe: 20, request: "fails" })],
  ])("RT4: a region that %s is down within two seconds", (_says, broken) => {
    for (const seed of SEEDS) {
      const brokenMs = 60_000 + seed * 37;
      const scripts = { near: from(brokenMs, steady(20), broken), far: steady(80) };
      const router = new SimulatedRouter(seed, scripts, 50, checkRouted);
      router.runUntil(brokenMs + 10_000);
      expect(firstDown(router, "near", brokenMs) - brokenMs, `seed ${seed}`).toBeLessThanOrEqual(2000);
      checkDwell(router, seed);
    }
  });

  test("RT5: a region that says it is ready and fails requests costs little, for however long: each return is later and smaller", () => {
    for (const seed of SEEDS.slice(0, 4)) {
      const liar: Script = () => ({ probe: 10, request: "fails" });
      const router = new SimulatedRouter(
        seed,
        { liar: from(30_000, steady(10), liar), far: steady(60) },
        50,
        checkRouted,
      );
      router.runUntil(60 * MINUTE_MS);
      expect(router.failed / router.requests, `seed ${seed}`).toBeLessThan(0.01);
      expect(router.health.filter(({ to }) => to === "down").length).toBeLessThan(90);
    }
  });

  test("RT6: a region that says it is ready and far behind is the last choice, until it has caught up by half", () => {
    for (const seed of SEEDS) {
      const lagMs = (atMs: number): number => (atMs < 60_000 ? 0 : atMs < 180_000 ? 30_000 : atMs < 240_000 ? 7000 : 0);
      const behind: Script = (atMs) => ({ probe: 10, readiness: { kind: "ready", lagMs: lagMs(atMs) } });
      let sentTo = 0;
      const router = new SimulatedRouter(seed, { behind, far: steady(60) }, 100, (routed) => {
        checkRouted(routed);
        if (routed.first === "behind" && routed.atMs > 62_000 && routed.atMs < 240_000) sentTo++;
      });
      router.runUntil(10 * MINUTE_MS);
      expect(sentTo, `seed ${seed}`).toBe(0);
      expect(router.nearestChanges.at(-1)!.to).toBe("behind");
      checkDwell(router, seed);
    }
  });

  test("RT7: all down: everybody is sent somewhere still, and the first that answers again serves within ten seconds", () => {
    for (const seed of SEEDS) {
      const [downMs, upMs] = [60_000, 120_000 + seed * 101];
      const near = from(downMs, steady(20), silent);
      const far = from(downMs, steady(80), from(upMs, refuses, steady(80)));
      const router = new SimulatedRouter(seed, { near, far }, 50, checkRouted);
      router.runUntil(upMs);
      const before = router.served.get("far") ?? 0;
      router.runUntil(upMs + 1500);
      expect((router.served.get("far") ?? 0) - before, "tried first as soon as it answers a probe").toBeGreaterThan(0);
      router.runUntil(upMs + 40_000);
      expect(router.nearestChanges.at(-1)).toMatchObject({ to: "far" });
      expect(router.nearestChanges.at(-1)!.atMs - upMs, `seed ${seed}`).toBeLessThanOrEqual(10_000);
    }
  });

  test("RT8: slow start: a region that came back gets no more than its share, and all of it in the end", () => {
    for (const seed of SEEDS) {
      const near = (atMs: number): Behaviour => ({ probe: atMs > 60_000 && atMs < 90_000 ? "refuses" : 20 });
      let [during, all] = [0, 0];
      const router = new SimulatedRouter(seed, { near, far: steady(80) }, 20, (routed) => {
        checkRouted(routed);
        const warming = routed.candidates.find(({ name, kind }) => name === "near" && kind === "warming");
        if (warming === undefined) return;
        all += warming.share;
        if (routed.first === "near") during++;
      });
      router.runUntil(4 * MINUTE_MS);
      expect(during, `seed ${seed}`).toBeLessThanOrEqual(all + 4 * Math.sqrt(all) + 1);
      const lately = router.served.get("near") ?? 0;
      router.runUntil(5 * MINUTE_MS);
      expect((router.served.get("near") ?? 0) - lately).toBeGreaterThan(2500);
    }
  });

  test("RT9: two regions about as near, with trembling round trips: an hour of it moves clients a few times at most", () => {
    for (const seed of SEEDS) {
      const scripts = { one: trembling(30, seed), other: trembling(33, seed + 1000), far: trembling(90, seed + 2000) };
      const router = new SimulatedRouter(seed, scripts, 200, checkRouted);
      router.runUntil(60 * MINUTE_MS);
      expect(router.nearestChanges.length, `seed ${seed}`).toBeLessThanOrEqual(4);
      expect(router.health.filter(({ to }) => to === "down")).toEqual([]);
      checkDwell(router, seed);
    }
  });

  test("RT10: no starvation: a region that is well and clearly nearest is everybody's after two minutes, whatever it did before", () => {
    for (const seed of SEEDS) {
      const random = seededRandom(seed * 31);
      const wild = Array.from({ length: 60 }, () => (random.next() < 0.5 ? ("silent" as const) : 10));
      const near: Script = (atMs) => ({ probe: atMs < 10 * MINUTE_MS ? wild[Math.floor(atMs / 10_000)]! : 10 });
      const router = new SimulatedRouter(seed, { near, far: steady(60) }, 100, checkRouted);
      router.runUntil(12 * MINUTE_MS);
      expect(router.nearestChanges.at(-1)!.to, `seed ${seed}`).toBe("near");
      checkDwell(router, seed);
    }
  });

  test("any world: hours of silence, refusals, lies, lag and slowness keep RT1 to RT4", () => {
    for (const seed of SEEDS) {
      const random = seededRandom(seed * 17);
      const scripts = Object.fromEntries(
        ["a", "b", "c", "d"].map((name) => {
          const phases = Array.from({ length: 120 }, (): Behaviour => {
            const draw = random.next();
            const probe = 5 + random.next() * 110;
            if (draw < 0.15) return { probe: "silent" };
            if (draw < 0.25) return { probe: "refuses" };
            if (draw < 0.35) return { probe, request: "fails" };
            if (draw < 0.45) return { probe, readiness: { kind: "ready", lagMs: random.next() * 60_000 } };
            if (draw < 0.5) return { probe, readiness: { kind: "degraded", lagMs: 0, reason: "syncing" } };
            return { probe };
          });
          return [name, (atMs: number): Behaviour => phases[Math.floor(atMs / 30_000) % 120]!];
        }),
      );
      const router = new SimulatedRouter(seed, scripts, 200, checkRouted);
      router.runUntil(120 * MINUTE_MS);
      checkDwell(router, seed);
    }
  });
});
