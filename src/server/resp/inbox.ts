import { copyOf, type BinaryString } from "../../base/bytes.ts";
import { RequestDecoder } from "../../resp/request-decoder.ts";
import type { RequestLimits } from "../../resp/request-limits.ts";

/** What a chunk costs besides its bytes, so that a client that drips single bytes is seen for what it costs. */
const CHUNK_OVERHEAD_BYTES = 256;

/**
 * What a client sent and nobody has run yet. Chunks wait as they came while an earlier command waits, and are decoded one at
 * a time: joining them to what is there would copy the whole for each.
 */
export class Inbox {
  readonly #decoder: RequestDecoder;
  #chunks: Buffer[] = [];
  #head = 0;
  #waitingBytes = 0;
  /** The decoder asked for more and nothing waits. */
  #isHungry = true;

  constructor(limits: RequestLimits) {
    this.#decoder = new RequestDecoder(limits);
  }

  /** Bytes of memory that chunks take which the decoder has not begun. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The client has authenticated: full limits hold for what is decoded from now on. */
  set authenticated(value: boolean) {
    this.#decoder.authenticated = value;
  }

  push(chunk: Buffer): void {
    if (this.#isHungry) {
      this.#isHungry = false;
      this.#decoder.feed(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
  }

  /** `bytes`, pushed last, are about to be overwritten: what is left of them becomes a copy, once. */
  keep(bytes: Buffer): void {
    const last = this.#chunks.length - 1;
    if (last >= 0 && this.#chunks[last] === bytes) this.#chunks[last] = copyOf(bytes);
    else this.#decoder.keep(bytes);
  }

  /** The next command; null when no whole one is here. Throws ProtocolError. */
  next(): BinaryString[] | null {
    for (;;) {
      const argv = this.#decoder.next();
      if (argv !== null) return argv;
      if (this.#head === this.#chunks.length) {
        this.#isHungry = true;
        return null;
      }
      const chunk = this.#chunks[this.#head++]!;
      this.#waitingBytes -= chunk.length + CHUNK_OVERHEAD_BYTES;
      if (this.#head === this.#chunks.length) {
        this.#chunks = [];
        this.#head = 0;
      }
      this.#decoder.feed(chunk);
    }
  }

  /** Forgets what has not been decoded. */
  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#waitingBytes = 0;
  }
}
