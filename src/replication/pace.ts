/**
 * A cap on what a link sends, as a bucket of bytes that fills at a steady rate: a link that was idle may send a second's worth at
 * once, and no frame is cut for it, so that a large one may run into debt, which is waited off.
 */
export class Pace {
  readonly #bytesPerSecond: number;
  #bytes: number;
  #atMs: number;

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytes = bytesPerSecond;
    this.#atMs = nowMs;
  }

  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  hasRoom(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) / 1000) * this.#bytesPerSecond;
    this.#bytes = Math.min(this.#bytesPerSecond, this.#bytes + earned);
    this.#atMs = nowMs;
    return this.#bytes > 0;
  }
}
