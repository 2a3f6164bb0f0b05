import { FRAME_HEADER_BYTES, isDeflated } from "./frame.ts";

/** Frames that go as they are after one in vain, at first and at most. */
const SKIPPED_FIRST = 1;
const SKIPPED_MAX = 16;

/**
 * Whether the next frame of a stream is worth trying to compress. What does not get smaller costs as much to find out as what does,
 * more than all else that is done for its batches: values that are random or compressed already come in streams, so after a frame
 * in vain some go untried, twice as many each time.
 */
export class Compression {
  readonly #fromBytes: number;
  #skips = SKIPPED_FIRST;
  #left = 0;

  /** Frames of `fromBytes` and more; Infinity: none. */
  constructor(fromBytes: number) {
    this.#fromBytes = fromBytes;
  }

  /** From how many bytes on the next frame is to be compressed. */
  get fromBytes(): number {
    return this.#left > 0 ? Number.POSITIVE_INFINITY : this.#fromBytes;
  }

  /** It was encoded with what `fromBytes` said. */
  encoded(frame: Buffer): void {
    if (isDeflated(frame)) this.#skips = SKIPPED_FIRST;
    else if (frame.length - FRAME_HEADER_BYTES < this.#fromBytes) return;
    else if (this.#left > 0) this.#left--;
    else {
      this.#left = this.#skips;
      this.#skips = Math.min(SKIPPED_MAX, this.#skips * 2);
    }
  }
}
