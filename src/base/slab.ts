/** One block holds many small pieces; a piece of more than a quarter of it gets memory of its own. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Many small pieces of memory that live about equally long, cut from large blocks: a buffer of its own costs a microsecond
 * and an entry in the collector's books, a piece of a block a tenth of that. A block goes when its last piece goes.
 */
export class Slab {
  #block: Buffer = Buffer.alloc(0);
  #used = 0;

  /** Memory with whatever was in it. */
  allocate(bytes: number): Buffer {
    if (bytes > BLOCK_BYTES / 4) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#used = 0;
    }
    const piece = this.#block.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return piece;
  }

  /** Keeps nothing: the next piece begins a new block. */
  release(): void {
    this.#block = Buffer.alloc(0);
    this.#used = 0;
  }
}
