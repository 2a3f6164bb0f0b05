/** The generator behind `math.random` in Redis: lrand48, with its 48 bits kept in three parts. Not for secrets. */
export class Random48 {
  readonly #state: [number, number, number] = [0x330e, 0xabcd, 0x1234];

  seed(value: number): void {
    this.#state[0] = 0x330e;
    this.#state[1] = value & 0xffff;
    this.#state[2] = (value >>> 16) & 0xffff;
  }

  /** From 0 up to, not including, 1, in steps of 2^-31. */
  next(): number {
    const [low, middle, high] = this.#state;
    // The multiplier 0x5DEECE66D and the addend 0xB, sixteen bits at a time.
    const [m0, m1, m2] = [0xe66d, 0xdeec, 0x5];
    const first = low * m0 + 0xb;
    const second = Math.floor(first / 65_536) + low * m1 + middle * m0;
    const third = Math.floor(second / 65_536) + low * m2 + middle * m1 + high * m0;
    this.#state[0] = first % 65_536;
    this.#state[1] = second % 65_536;
    this.#state[2] = third % 65_536;
    const drawn = this.#state[2] * 32_768 + (this.#state[1] >>> 1);
    return (drawn % 0x7fff_ffff) / 0x7fff_ffff;
  }
}
