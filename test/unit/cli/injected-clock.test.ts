import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { clockOf } from "../../../src/cli/injected-clock.ts";
import { Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
const HOUR_MS = 3_600_000;

afterEach(() => scratch.clean());

describe("a clock that is wrong on purpose", () => {
  it("is the machine's where nothing is said", () => {
    const real = new ManualClock();
    expect(clockOf({}, real)).toBe(real);
    expect(clockOf({ ANTIPODE_TEST_CLOCK_OFFSET_MS: "" }, real)).toBe(real);
  });

  it("is off by what the variable says, either way, and its monotonic side is not", () => {
    const real = new ManualClock(5 * HOUR_MS);
    for (const offsetMs of [HOUR_MS, -HOUR_MS]) {
      const clock = clockOf({ ANTIPODE_TEST_CLOCK_OFFSET_MS: String(offsetMs) }, real);
      expect(clock.wallMs() - real.wallMs()).toBe(offsetMs);
      expect(clock.monotonicMs()).toBe(real.monotonicMs());
    }
  });

  it("refuses what is no number of milliseconds", () => {
    for (const text of ["soon", "1h", "1.5", "99999999999999"]) {
      expect(() => clockOf({ ANTIPODE_TEST_CLOCK_OFFSET_MS: text }, new ManualClock())).toThrow(/wants milliseconds/u);
    }
  });

  it("jumps and drifts while it runs, as the file says; a file that says nothing changes nothing", () => {
    const file = join(scratch.directory(), "clock");
    const real = new ManualClock();
    const clock = clockOf({ ANTIPODE_TEST_CLOCK_OFFSET_MS: "1000", ANTIPODE_TEST_CLOCK_FILE: file }, real);
    const offMs = (): number => clock.wallMs() - real.wallMs();
    expect(offMs()).toBe(1000);

    writeFileSync(file, `${HOUR_MS}\n`);
    expect(offMs(), "not read again at once").toBe(1000);
    real.advance(50);
    expect(offMs()).toBe(HOUR_MS);

    writeFileSync(file, "-500 2000");
    real.advance(50);
    expect(offMs()).toBe(-500);
    real.advance(10_000);
    expect(offMs(), "2,000 µs a second").toBe(-480);

    for (const text of ["", "garbage", "1 2 3"]) {
      writeFileSync(file, text);
      real.advance(50);
      expect(offMs()).toBe(-480);
    }
    rmSync(file);
    real.advance(50);
    expect(offMs()).toBe(-480);
  });
});
