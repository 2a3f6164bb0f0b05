import type { BinaryString } from "../base/bytes.ts";

const EMPTY: Buffer = Buffer.alloc(0);
const FIRST_BYTES = 128 * 1024;

/**
 * A long string that comes in many chunks. Its announced length is only a promise: the buffer grows with what has really
 * come, doubling, so each byte is copied a bounded number of times and an announcement costs nothing. (Joining strings as
 * they come would be as quick, but a peer that sends single bytes would make us keep a node for each.)
 */
export class BulkGatherer {
  #length = -1;
  #buffer: Buffer = EMPTY;
  #filled = 0;

  /** Between `begin` and `take`. */
  get active(): boolean {
    return this.#length >= 0;
  }

  get filledBytes(): number {
    return this.#filled;
  }

  get isWhole(): boolean {
    return this.#filled === this.#length;
  }

  begin(length: number): void {
    this.#length = length;
    this.#filled = 0;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(length, FIRST_BYTES));
  }

  /** Copies what still belongs to the string out of `chunk` from `at`; answers how many bytes that were. */
  add(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#length - this.#filled, chunk.length - at);
    const needed = this.#filled + taken;
    if (needed > this.#buffer.length) {
      const size = Math.min(this.#length, Math.max(needed, this.#buffer.length * 2));
      const grown = Buffer.allocUnsafeSlow(size);
      this.#buffer.copy(grown, 0, 0, this.#filled);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#filled, at, at + taken);
    this.#filled = needed;
    return taken;
  }

  /** The whole string; the gatherer is free again. */
  take(): BinaryString {
    const text = this.#buffer.latin1Slice(0, this.#length);
    this.#buffer = EMPTY;
    this.#length = -1;
    this.#filled = 0;
    return text;
  }
}
