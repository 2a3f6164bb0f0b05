import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { step } from "../../../src/router/health.ts";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { SimulatedRegion } from "./simulated-region.ts";
import type { Behaviour } from "./simulated-region.ts";

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);
const answers = (afterMs: number): Behaviour => ({ kind: "answers", afterMs });
const silent: Behaviour = { kind: "silent" };
const refuses: Behaviour = { kind: "refuses" };

function every(
  seeds: readonly number[],
  behaviour: (atMs: number) => Behaviour,
  check: (region: SimulatedRegion, seed: number) => void,
) {
  for (const seed of seeds) check(new SimulatedRegion(seed, behaviour), seed);
}

describe("a region's health", () => {
  test("one good probe makes a region healthy at the start", () => {
    const region = new SimulatedRegion(1, () => answers(20));
    region.runUntil(50);
    expect(region.kind).toBe("healthy");
    expect(region.health.latencyMs).toBe(20);
  });

  test("a steady region is probed once a second, give or take a fifth, and never doubted", () => {
    every(
      SEEDS.slice(0, 20),
      () => answers(40),
      (region) => {
        region.runUntil(600_000);
        expect(region.transitions.map((change) => change.to)).toEqual(["healthy"]);
        const gaps = region.probesAtMs.slice(2).map((atMs, index) => atMs - region.probesAtMs[index + 1]!);
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(800);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(1200);
      },
    );
  });

  test.each([1, 20, 60, 100, 125])(
    "a black hole %i ms away is down within two seconds, whatever the moment",
    (latencyMs) => {
      every(
        SEEDS,
        () => answers(latencyMs),
        (_region, seed) => {
          const failsAtMs = 10_000 + seed * 7;
          const region = new SimulatedRegion(seed, (atMs) =>
            atMs + latencyMs < failsAtMs ? answers(latencyMs) : silent,
          );
          region.runUntil(failsAtMs + 5000);
          const downMs = region.firstTo("down", failsAtMs)! - failsAtMs;
          expect(downMs, `seed ${seed}`).toBeLessThanOrEqual(2000);
        },
      );
    },
  );

  test("a killed region, whose port refuses, is down within two seconds without any traffic", () => {
    for (const seed of SEEDS) {
      const region = new SimulatedRegion(seed, (atMs) => (atMs < 10_000 ? answers(30) : refuses));
      region.runUntil(15_000);
      expect(region.firstTo("down")! - 10_000, `seed ${seed}`).toBeLessThanOrEqual(2000);
    }
  });

  test("a request that cannot connect makes the router look at once: down within a second", () => {
    for (const seed of SEEDS) {
      const region = new SimulatedRegion(seed, (atMs) => (atMs < 10_000 ? answers(30) : refuses));
      region.runUntil(10_010);
      region.feed({ kind: "request-failed", reason: "connect ECONNREFUSED" });
      region.runUntil(15_000);
      expect(region.firstTo("down")! - 10_000, `seed ${seed}`).toBeLessThanOrEqual(1000);
    }
  });

  test("one lost probe makes a suspect and no more", () => {
    for (const seed of SEEDS) {
      let lost = false;
      const region = new SimulatedRegion(seed, (atMs) => {
        if (atMs < 10_000 || lost) return answers(30);
        lost = true;
        return silent;
      });
      region.runUntil(30_000);
      expect(region.transitions.map((change) => change.to)).toEqual(["healthy", "suspect", "healthy"]);
    }
  });

  test("a slow region is not down: its time-out follows its round trip", () => {
    for (const latencyMs of [150, 300, 450]) {
      const region = new SimulatedRegion(7, () => answers(latencyMs));
      region.runUntil(120_000);
      expect(region.kind).toBe("healthy");
      expect(region.firstTo("down")).toBeNull();
      expect(region.health.latencyMs).toBeCloseTo(latencyMs);
    }
  });

  test("a region that becomes slow by degrees stays up while below the longest time-out", () => {
    const region = new SimulatedRegion(3, (atMs) => answers(Math.min(400, 20 + atMs / 500)));
    region.runUntil(300_000);
    expect(region.kind).toBe("healthy");
    expect(region.firstTo("down")).toBeNull();
  });

  test("an outage ends by three good probes and ten seconds of slow start", () => {
    const region = new SimulatedRegion(5, (atMs) => (atMs < 10_000 || atMs > 60_000 ? answers(30) : refuses));
    region.runUntil(90_000);
    expect(region.transitions.map((change) => change.to)).toEqual([
      "healthy",
      "suspect",
      "down",
      "probing",
      "warming",
      "healthy",
    ]);
    const warmingMs = region.firstTo("warming")!;
    expect(warmingMs).toBeLessThanOrEqual(62_500);
    expect(region.transitions.at(-1)!.atMs - warmingMs).toBeCloseTo(10_000);
  });

  test("flapping: each ejection is longer than the one before, and none longer than a minute", () => {
    // Up for four seconds after each return, then gone until it has been ejected.
    let upUntilMs = 4000;
    const region = new SimulatedRegion(11, (atMs, kind) => {
      if (kind === "probing") upUntilMs = atMs + 4000;
      return atMs < upUntilMs ? answers(20) : silent;
    });
    const ejections: number[] = [];
    let counted = 0;
    for (let atMs = 0; atMs < 1_200_000; atMs += 100) {
      region.runUntil(atMs);
      const { state } = region.health;
      const downs = region.transitions.filter((change) => change.to === "down").length;
      if (downs > counted && state.kind === "down") {
        counted = downs;
        ejections.push(state.untilMs - state.sinceMs);
      }
    }
    expect(ejections.length).toBeGreaterThan(10);
    expect(ejections[0]!).toBeLessThanOrEqual(5000);
    expect(ejections[3]!).toBeGreaterThan(ejections[0]! * 2);
    expect(Math.max(...ejections)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...ejections.slice(12))).toBeGreaterThanOrEqual(48_000);
  });

  test("ejections are forgotten, one for every minute up", () => {
    const region = new SimulatedRegion(2, (atMs) => (Math.floor(atMs / 300_000) % 2 === 1 ? refuses : answers(10)));
    region.runUntil(299_000);
    region.runUntil(310_000);
    expect(region.health.ejections).toBe(1);
    region.runUntil(920_000);
    expect(region.health.ejections).toBe(1);
  });

  test("asymmetric: probes are answered but requests fail; five in a row, and it is down", () => {
    const region = new SimulatedRegion(1, () => answers(10));
    region.runUntil(5000);
    for (let failed = 0; failed < 4; failed++) region.feed({ kind: "request-failed", reason: "reset" });
    expect(region.kind).toBe("healthy");
    region.feed({ kind: "request-failed", reason: "reset" });
    expect(region.kind).toBe("down");
    expect(region.transitions.at(-1)!.reason).toBe("5 requests in a row failed, the last: reset");
  });

  test("half of twenty requests within two seconds condemn a region; fewer, or over a longer time, do not", () => {
    const run = (pauseMs: number, requests: number, failEvery: number) => {
      const region = new SimulatedRegion(1, () => answers(10));
      region.runUntil(5000);
      for (let sent = 0; sent < requests; sent++) {
        region.runUntil(region.nowMs + pauseMs);
        region.feed(
          sent % failEvery === 0 ? { kind: "request-failed", reason: "reset" } : { kind: "request-succeeded" },
        );
      }
      return region.firstTo("down") !== null;
    };
    expect(run(10, 21, 2)).toBe(true);
    expect(run(10, 18, 2)).toBe(false);
    expect(run(10, 200, 3)).toBe(false);
    expect(run(200, 200, 2)).toBe(false);
  });

  test("asymmetric: requests succeed but probes are lost; the probes are believed", () => {
    const region = new SimulatedRegion(1, (atMs) => (atMs < 5000 ? answers(10) : silent));
    for (let atMs = 0; atMs < 8000; atMs += 10) {
      region.runUntil(atMs);
      region.feed({ kind: "request-succeeded" });
    }
    expect(region.firstTo("down")).not.toBeNull();
  });

  test("a region doubted while warming goes back to warming, and its ten seconds are not begun anew", () => {
    let lost = false;
    const region = new SimulatedRegion(5, (atMs, kind) => {
      if (atMs > 10_000 && atMs < 20_000) return refuses;
      if (kind === "warming" && !lost) {
        lost = true;
        return silent;
      }
      return answers(30);
    });
    region.runUntil(60_000);
    const kinds = region.transitions.map((change) => change.to).slice(-4);
    expect(kinds).toEqual(["warming", "suspect", "warming", "healthy"]);
    const [warming, , , healthy] = region.transitions.slice(-4);
    expect(healthy!.atMs - warming!.atMs).toBeCloseTo(10_000);
  });

  test("lag: degraded above the limit, ready again only below half of it; it is not down", () => {
    const lag = (atMs: number) => (atMs < 5000 ? 0 : atMs < 15_000 ? 11_000 : atMs < 25_000 ? 7000 : 4000);
    const region = new SimulatedRegion(1, (atMs) => ({
      kind: "answers",
      afterMs: 10,
      readiness: { kind: "ready", lagMs: lag(atMs) },
    }));
    const at = (ms: number) => {
      region.runUntil(ms);
      return region.health.readiness.kind;
    };
    expect([at(4000), at(14_000), at(24_000), at(34_000)]).toEqual(["ready", "degraded", "degraded", "ready"]);
    expect(region.transitions.map((change) => change.to)).toEqual(["healthy"]);
  });

  test("answers to probes of before an outage are not heard after it", () => {
    const region = new SimulatedRegion(1, (atMs) => (atMs < 5000 ? answers(10) : silent));
    region.runUntil(5000);
    for (let failed = 0; failed < 5; failed++) region.feed({ kind: "request-failed", reason: "reset" });
    expect(region.kind).toBe("down");
    const stale = {
      kind: "probe-answered",
      number: region.health.probeCount,
      roundTripMs: 5,
      readiness: { kind: "ready", lagMs: 0 },
    } as const;
    region.feed(stale);
    expect(region.kind).toBe("down");
  });

  test("a step leaves what it was given as it was", () => {
    const region = new SimulatedRegion(1, () => answers(10));
    region.runUntil(5000);
    const before = structuredClone(region.health);
    const given = region.health;
    step(
      given,
      { kind: "request-failed", reason: "x" },
      { nowMs: 5001, limits: ROUTER_LIMITS.health, random: seededRandom(1) },
    );
    expect(given).toEqual(before);
  });
});
