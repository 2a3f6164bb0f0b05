import type { Random } from "../../../src/base/random.ts";

export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** The text as a stream would bring it: cut where chance wants, often after single bytes. */
export function cutAtRandom(text: string, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + random.below(random.below(3) === 0 ? 3 : text.length);
    chunks.push(bytes(text.slice(at, at + size)));
    at += size;
  }
  return chunks;
}

/** Any bytes, with those that mean something to the protocol more often. */
export function randomBytesText(random: Random, lengthMax: number): string {
  const length = random.below(lengthMax + 1);
  let text = "";
  while (text.length < length) {
    text += random.below(4) === 0 ? "\r\n$*-0"[random.below(6)]! : String.fromCharCode(random.below(256));
  }
  return text;
}

/** Calls `prove` with generators of `count` seeds; a failure names its seed. */
export function forSeeds(count: number, random: (seed: number) => Random, prove: (random: Random) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      prove(random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}
