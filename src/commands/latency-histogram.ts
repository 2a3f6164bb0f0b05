/** Buckets a power of two: a value is known to within a quarter of it. */
const STEPS = 4;
const STEP_BITS = 2;
/** Up to 2^32 µs, above an hour. */
const BUCKETS = 33 * STEPS;

/** How long calls of one command took, in microseconds: a fixed number of buckets, each a quarter wider than the one before. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get calls(): number {
    return this.#total;
  }

  record(micros: number): void {
    this.#counts[bucketOf(micros)]!++;
    this.#total++;
  }

  /** The time that this share of the calls did not pass; `percentile` from 0 to 100. */
  percentile(percentile: number): number {
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return highestOf(bucket);
    }
    return 0;
  }

  /** Calls that took at most 1, 2, 4 … µs, up to the slowest: where nothing was added, a bound is left out. */
  cumulative(): readonly (readonly [upToMicros: number, calls: number])[] {
    const found: [number, number][] = [];
    let seen = 0;
    for (let power = 0; power * STEPS < BUCKETS; power++) {
      let here = 0;
      for (let step = 0; step < STEPS; step++) here += this.#counts[power * STEPS + step]!;
      if (here === 0) continue;
      seen += here;
      found.push([2 ** power, seen]);
    }
    return found;
  }
}

/** Bucket 0 to 3: at most 1 µs; then four to each doubling, whose last one ends with the power of two. */
function bucketOf(micros: number): number {
  const whole = Math.min(2 ** 32 - 1, Math.max(0, Math.ceil(micros)));
  if (whole <= 1) return STEPS - 1;
  const power = 32 - Math.clz32(whole - 1);
  const lowest = 2 ** (power - 1);
  const step = Math.floor(((whole - 1 - lowest) << STEP_BITS) / lowest);
  return power * STEPS + Math.min(STEPS - 1, step);
}

function highestOf(bucket: number): number {
  const power = Math.floor(bucket / STEPS);
  if (power === 0) return 1;
  const lowest = 2 ** (power - 1);
  return lowest + Math.ceil((lowest * ((bucket % STEPS) + 1)) / STEPS);
}
