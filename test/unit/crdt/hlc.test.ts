import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { BatchEncoder, peekBatch } from "../../../src/crdt/batch-codec.ts";
import { decodeBatch } from "../../../src/crdt/batch-decoder.ts";
import {
  HLC_COUNTER_SPAN,
  HLC_EPOCH_MS,
  HLC_WALL_MAX,
  HybridClock,
  stampOfWallMs,
  wallMsOfStamp,
} from "../../../src/crdt/hlc.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";

const wallOf = (stamp: number): number => HLC_EPOCH_MS + stamp / HLC_COUNTER_SPAN;

describe("the hybrid clock", () => {
  it.each([
    ["2^31", 2 ** 31],
    ["2^32", 2 ** 32],
    ["2^52", 2 ** 52],
    ["the last wall clock", HLC_WALL_MAX],
  ])("CL4: stamps rise strictly and keep their millisecond across %s", (_name, stamp) => {
    const clock = new ManualClock(wallOf(stamp) - 3);
    const hybrid = new HybridClock();
    let last = 0;
    for (let step = 0; step < 12; step++) {
      if (step % 2 === 1) clock.advance(1);
      const next = hybrid.tick(clock.wallMs());
      expect(next).toBeGreaterThan(last);
      expect(Number.isSafeInteger(next)).toBe(true);
      if (next < HLC_WALL_MAX) expect(wallMsOfStamp(next)).toBe(clock.wallMs());
      last = next;
    }
  });

  it.each([2 ** 31, 2 ** 32, HLC_EPOCH_MS, HLC_EPOCH_MS + 2 ** 32])(
    "CL4: a wall clock at %d milliseconds is nothing special",
    (wallMs) => {
      const clock = new ManualClock(wallMs - 2);
      const hybrid = new HybridClock();
      const stamps = [0, 1, 1, 1, 1].map((step) => {
        clock.advance(step);
        return hybrid.tick(clock.wallMs());
      });
      expect(stamps).toEqual(stamps.toSorted((left, right) => left - right));
      expect(new Set(stamps).size).toBe(5);
    },
  );

  it("CL4: a clock set to the end of days takes nobody's stamps: counting goes on behind it", () => {
    for (const year of [2088, 2100, 9999, 275_760]) {
      const [mad, right] = [new HybridClock(), new HybridClock()];
      const endMs = Date.UTC(year, 0, 1);
      const nowMs = Date.UTC(2026, 0, 1);
      right.observe(mad.tick(endMs));
      const next = right.tick(nowMs);
      expect(next).toBe(HLC_WALL_MAX + 1);
      expect(Number.MAX_SAFE_INTEGER - next).toBeGreaterThan(2.8e14);
      mad.observe(next);
      expect(mad.tick(endMs)).toBeGreaterThan(next);
    }
  });

  it("CL4: at the very last stamp it stays, and stays a number that can be written", () => {
    const hybrid = new HybridClock(2 ** 53 - 3);
    const nowMs = Date.UTC(2026, 0, 1);
    expect([hybrid.tick(nowMs), hybrid.tick(nowMs), hybrid.tick(nowMs)]).toEqual([
      2 ** 53 - 2,
      2 ** 53 - 1,
      2 ** 53 - 1,
    ]);
  });

  it("a clock that goes back is waited for by counting; before 2020 there is only counting", () => {
    const clock = new ManualClock();
    const hybrid = new HybridClock();
    const first = hybrid.tick(clock.wallMs());
    clock.jump(-3_600_000);
    expect([hybrid.tick(clock.wallMs()), hybrid.tick(clock.wallMs())]).toEqual([first + 1, first + 2]);
    expect(stampOfWallMs(0)).toBe(0);
    expect(new HybridClock().tick(0)).toBe(1);
  });

  it.each([2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52, HLC_WALL_MAX, 2 ** 53 - 1])(
    "CL4: a batch with stamp or sequence %d is the same after it has travelled",
    (number) => {
      const origins = new OriginTable();
      const origin = origins.intern("a#1-00000000");
      const other = origins.intern("b#1-00000000");
      const others = new VersionVector();
      others.set(other, number);
      const batch = { origin, sequence: number, stamp: number, others, operations: [] };
      const bytes = Buffer.from(new BatchEncoder(origins).encode(batch, batch.operations));
      expect(decodeBatch(bytes, origins)).toEqual(batch);
      expect(peekBatch(bytes)).toEqual({ id: "a#1-00000000", sequence: number, stamp: number });
    },
  );
});
