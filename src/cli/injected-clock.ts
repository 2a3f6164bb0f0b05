import { readFileSync } from "node:fs";
import { systemClock, type Clock } from "../base/clock.ts";
import { SettingError } from "./setting.ts";

const OFFSET = "ANTIPODE_TEST_CLOCK_OFFSET_MS";
const FILE = "ANTIPODE_TEST_CLOCK_FILE";
/** How often the file is read again, milliseconds. */
const READ_EVERY_MS = 20;
/** A century either way: what a test may want, and still a date. */
const OFFSET_MS_MAX = 3_200_000_000_000;
const DRIFT_PPM_MAX = 1_000_000;

/** How a wall clock is wrong: by so much, and growing by so many microseconds a second since that was said. */
interface Skew {
  readonly offsetMs: number;
  readonly driftPpm: number;
  readonly sinceMs: number;
}

/**
 * The machine's clock, or for fault injection one that is wrong: by ANTIPODE_TEST_CLOCK_OFFSET_MS, or by what the file
 * ANTIPODE_TEST_CLOCK_FILE says while the process runs: `OFFSET_MS [DRIFT_PPM]`. The monotonic clock is never touched.
 */
export function clockOf(environment: Readonly<Record<string, string | undefined>>, real = systemClock()): Clock {
  const [text, path] = [environment[OFFSET], environment[FILE]];
  const fixed = text === undefined || text === "" ? null : parseSkew(text, real.monotonicMs());
  if (text !== undefined && text !== "" && fixed === null)
    throw new SettingError(`${OFFSET} wants milliseconds, not "${text}"`);
  if (path !== undefined && path !== "") return clockOfFile(path, fixed ?? NO_SKEW, real);
  return fixed === null ? real : skewed(real, () => fixed);
}

const NO_SKEW: Skew = { offsetMs: 0, driftPpm: 0, sinceMs: 0 };

function clockOfFile(path: string, first: Skew, real: Clock): Clock {
  let skew = first;
  let known = "";
  let nextMs = Number.NEGATIVE_INFINITY;
  return skewed(real, () => {
    const nowMs = real.monotonicMs();
    if (nowMs < nextMs) return skew;
    nextMs = nowMs + READ_EVERY_MS;
    const text = read(path);
    // A file that is missing or half written says nothing: what was said last stays.
    if (text === null || text === known) return skew;
    known = text;
    skew = parseSkew(text, nowMs) ?? skew;
    return skew;
  });
}

function skewed(real: Clock, skew: () => Skew): Clock {
  return {
    wallMs: () => {
      const { offsetMs, driftPpm, sinceMs } = skew();
      return Math.round(real.wallMs() + offsetMs + ((real.monotonicMs() - sinceMs) * driftPpm) / 1e6);
    },
    monotonicMs: () => real.monotonicMs(),
  };
}

function parseSkew(text: string, sinceMs: number): Skew | null {
  const match = /^\s*(-?[0-9]{1,13})(?:\s+(-?[0-9]{1,7}))?\s*$/u.exec(text);
  if (match === null) return null;
  const [offsetMs, driftPpm] = [Number(match[1]), Number(match[2] ?? 0)];
  if (Math.abs(offsetMs) > OFFSET_MS_MAX || Math.abs(driftPpm) > DRIFT_PPM_MAX) return null;
  return { offsetMs, driftPpm, sinceMs };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
