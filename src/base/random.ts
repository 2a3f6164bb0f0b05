import { randomBytes } from "node:crypto";

/** Chance as an argument: every random decision of the product comes through this, so a run repeats by its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). `bound` at most 2^32. */
  below(bound: number): number;
}

/**
 * Deterministic generator (mulberry32, public domain): 32 bits of state, good enough to choose faults and
 * members, not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (bound) => Math.floor(next() * bound) };
}

/** A generator seeded from the operating system. */
export function systemRandom(): Random {
  return seededRandom(randomBytes(4).readUInt32LE(0));
}

/** Lower-case hexadecimal of `bytes` random bytes from the operating system: identities and secrets. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
