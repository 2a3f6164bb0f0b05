import type { VersionVector } from "../crdt/version-vector.ts";

/** Numbers of one entry: log position, origin, sequence. */
const WIDTH = 3;

/** The dots of what is appended and not durable yet, oldest first: numbers in a row, since every write adds an entry. */
export class PendingDots {
  readonly #numbers: number[] = [];

  push(lsn: number, origin: number, sequence: number): void {
    this.#numbers.push(lsn, origin, sequence);
  }

  /** Those up to a log position go, and `vector` covers them from now on. */
  takeUpTo(lsn: number, vector: VersionVector): void {
    const numbers = this.#numbers;
    let at = 0;
    while (at < numbers.length && numbers[at]! <= lsn) {
      const origin = numbers[at + 1]!;
      const sequence = numbers[at + 2]!;
      at += WIDTH;
      // An origin's sequences rise, so of a run of one the last says all.
      const isLast = at === numbers.length || numbers[at]! > lsn || numbers[at + 1] !== origin;
      if (isLast) vector.set(origin, sequence);
    }
    if (at === numbers.length) numbers.length = 0;
    else numbers.splice(0, at);
  }
}
