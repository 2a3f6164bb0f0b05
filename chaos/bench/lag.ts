import { build } from "hdr-histogram-js";
import { Redis } from "ioredis";

export interface LagResult {
  readonly rate: number;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Writes that were sent later than planned by more than 5 ms: the probe itself was too slow. */
  readonly late: number;
}

const MICROS = 1000;
const TURN_MS = 1;

/**
 * Replication lag, open loop: writes are due at absolute times whatever happens, and each is timed from when it was *acknowledged*
 * here to when it is visible there. One key holds a number that only rises, so a reader that sees n has seen all up to n; the
 * reader asks again as soon as it is answered, which bounds the error by one round trip on loopback.
 */
export async function measureLag(
  write: { readonly host: string; readonly port: number },
  read: { readonly host: string; readonly port: number },
  rate: number,
  seconds: number,
): Promise<LagResult> {
  const writer = new Redis({ ...write, enableAutoPipelining: true });
  const reader = new Redis(read);
  const histogram = build({ highestTrackableValue: 60_000 * MICROS, numberOfSignificantValueDigits: 3 });
  const count = rate * seconds;
  const ackedMs = new Float64Array(count + 1);
  const seenMs = new Float64Array(count + 1);
  const key = `lag:${rate}:${Math.round(performance.now())}`;
  let seen = 0;
  let late = 0;
  let done = false;
  const reading = (async () => {
    while (!done) {
      const value = Number((await reader.get(key)) ?? "0");
      const now = performance.now();
      for (; seen < value; seen++) seenMs[seen + 1] = now;
    }
  })();
  const startMs = performance.now();
  let sent = 0;
  const pending: Promise<unknown>[] = [];
  while (sent < count) {
    const now = performance.now();
    const due = Math.min(count, Math.floor(((now - startMs) / 1000) * rate) + 1);
    while (sent < due) {
      const index = ++sent;
      if (now - (startMs + (index / rate) * 1000) > 5) late++;
      pending.push(writer.set(key, String(index)).then(() => (ackedMs[index] = performance.now())));
    }
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  await Promise.all(pending);
  const giveUp = performance.now() + 10_000;
  while (seen < count && performance.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 5));
  done = true;
  await reading;
  for (let index = 1; index <= seen; index++) {
    histogram.recordValue(Math.max(1, Math.round((seenMs[index]! - ackedMs[index]!) * MICROS)));
  }
  writer.disconnect();
  reader.disconnect();
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / MICROS;
  return {
    rate,
    samples: histogram.totalCount,
    p50Ms: at(50),
    p99Ms: at(99),
    maxMs: histogram.maxValue / MICROS,
    late,
  };
}
