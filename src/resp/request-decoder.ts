import { copyOf, type BinaryString } from "../base/bytes.ts";
import { BulkGatherer } from "./bulk-gatherer.ts";
import { splitInline } from "./inline.ts";
import { parseLengthWord } from "./length-word.ts";
import { ProtocolError } from "./protocol-error.ts";
import { clampLimits, DEFAULT_REQUEST_LIMITS, type RequestLimits } from "./request-limits.ts";
import { bytesToString } from "./short-string.ts";

const EMPTY: Buffer = Buffer.alloc(0);
/** Between commands; nothing is put in. */
const NO_WORDS: BinaryString[] = [];
const CR = 13;
const LF = 10;
const DOLLAR = 36;
const STAR = 42;
const ZERO = 48;
/** Digits of a length that the quick way reads. */
const PLAIN_DIGITS_MAX = 9;
/** Commands of up to so many words have an array of that size; one that grows has room for seventeen at once. */
const SIZED_WORDS_MAX = 16;
/** Arguments from this length on are gathered as they come instead of waiting for all of their bytes. */
const GATHER_FROM_BYTES = 32 * 1024;

/**
 * RESP requests out of a stream of chunks: arrays of bulk strings, and inline commands. The same bytes give the same commands
 * however they are cut. Arguments become strings of their own at once, so no socket chunk is kept. Lengths are judged before
 * anything is allocated for them.
 *
 * It is the first thing every command meets: arguments that are whole in the chunk are read in one loop over local variables,
 * 0.1 µs for a GET; what is cut, odd or wrong takes the slow way, which knows Redis' rules.
 *
 * Source: the Redis serialization protocol specification; conditions and words of errors as Redis 7.2 has them.
 */
export class RequestDecoder {
  /** The client has authenticated: full limits hold. */
  authenticated = true;
  readonly #limits: RequestLimits;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #argv = NO_WORDS;
  /** Arguments of the command being read. */
  #words = 0;
  /** Arguments still missing of the command being read; 0 between commands. */
  #missing = 0;
  /** Length of the argument being read; -1 while its length line is. */
  #bulkLength = -1;
  /** Behind the line that `#plainNumber` read. */
  #lineEndsAt = 0;
  /** Bytes of the command being read, with what the argument now coming has announced. */
  #commandBytes = 0;
  readonly #long = new BulkGatherer();

  constructor(limits: RequestLimits = DEFAULT_REQUEST_LIMITS) {
    this.#limits = clampLimits(limits);
  }

  /** Bytes received and not yet given out as arguments. */
  get pendingBytes(): number {
    return this.#chunk.length - this.#offset + this.#long.filledBytes;
  }

  /** More bytes. They must not change later, or `keep` be called before: call `next` until it answers null before the next chunk, to keep this cheap. */
  feed(chunk: Buffer): void {
    if (this.#offset >= this.#chunk.length) this.#chunk = chunk;
    else this.#chunk = Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /**
   * `chunk`, fed last, is about to change: what is left of it becomes a copy. What was joined to an earlier rest is one already,
   * so each byte is copied once, whether chunks are kept or not.
   */
  keep(chunk: Buffer): void {
    if (this.#chunk !== chunk) return;
    this.#chunk = this.#offset < chunk.length ? copyOf(chunk.subarray(this.#offset)) : EMPTY;
    this.#offset = 0;
  }

  /**
   * The next whole command, at least one argument long; null when more bytes are needed. Empty commands are skipped. Throws
   * ProtocolError; what follows it is undefined.
   */
  next(): BinaryString[] | null {
    for (;;) {
      if (this.#missing === 0) {
        if (this.#offset >= this.#chunk.length) return this.#release();
        if (this.#chunk[this.#offset] !== STAR) {
          const words = this.#inline();
          if (words === null) return null;
          if (words.length > 0) return words;
          continue;
        }
        if (!this.#readCount()) return null;
        if (this.#missing === 0) continue;
      }
      if (!this.#readArguments()) return null;
      const argv = this.#argv;
      this.#argv = NO_WORDS;
      return argv;
    }
  }

  /** Nothing is left of the chunk: an idle connection keeps no buffer. */
  #release(): null {
    this.#chunk = EMPTY;
    this.#offset = 0;
    return null;
  }

  /** `*N`; false when the line is not whole yet. A count below 1 leaves nothing missing: an empty command. */
  #readCount(): boolean {
    let count = this.#plainNumber(this.#offset + 1);
    if (count >= 0) {
      this.#offset = this.#lineEndsAt;
    } else {
      const end = this.#lineEnd("too big mbulk count string");
      if (end < 0) return false;
      count = parseLengthWord(this.#chunk.latin1Slice(this.#offset + 1, end));
      this.#offset = end + 2;
    }
    if (Number.isNaN(count) || count > this.#limits.argumentsMax) throw new ProtocolError("invalid multibulk length");
    if (!this.authenticated && count > this.#limits.strangerArgumentsMax) {
      throw new ProtocolError("unauthenticated multibulk length");
    }
    this.#words = Math.max(0, count);
    this.#missing = this.#words;
    this.#commandBytes = 0;
    // oxlint-disable-next-line unicorn/no-new-array -- the only way to an array of just this size without a call
    this.#argv = this.#words <= SIZED_WORDS_MAX ? new Array<BinaryString>(this.#words) : [];
    return true;
  }

  /**
   * The decimal number at `start`, whose line then ends at `#lineEndsAt`; -1 when it is not plainly there: negative, padded,
   * long, or cut. The slow way (`parseLengthWord`) says what it is then.
   */
  #plainNumber(start: number): number {
    const chunk = this.#chunk;
    const stop = Math.min(chunk.length - 1, start + PLAIN_DIGITS_MAX + 1);
    let value = 0;
    let at = start;
    for (; at < stop; at++) {
      const digit = chunk[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const isPadded = chunk[start] === ZERO && at > start + 1;
    if (isPadded || at === start || at === stop || chunk[at] !== CR) return -1;
    this.#lineEndsAt = at + 2;
    return value;
  }

  /** True when the command has all its arguments, false when more bytes are needed. */
  #readArguments(): boolean {
    for (;;) {
      if (this.#bulkLength < 0) this.#readWholeOnes();
      if (this.#missing === 0) return true;
      if (this.#bulkLength < 0 && !this.#readBulkLength()) return false;
      if (!this.#readCutOne()) return false;
    }
  }

  /** The hot loop: arguments that are all there. Stops in front of the first that is not, or is not plain. */
  #readWholeOnes(): void {
    const chunk = this.#chunk;
    const argv = this.#argv;
    const words = this.#words;
    const end = chunk.length;
    const lengthMax = this.authenticated ? this.#limits.bulkBytesMax : this.#limits.strangerBulkBytesMax;
    const start = this.#offset;
    let at = start;
    let missing = this.#missing;
    while (missing > 0 && at < end && chunk[at] === DOLLAR) {
      const length = this.#plainNumber(at + 1);
      if (length < 0 || length > lengthMax) break;
      const from = this.#lineEndsAt;
      const next = from + length + 2;
      if (next > end) break;
      argv[words - missing] = bytesToString(chunk, from, length);
      at = next;
      missing--;
    }
    this.#offset = at;
    this.#missing = missing;
    this.#count(at - start);
  }

  #readBulkLength(): boolean {
    const end = this.#lineEnd("too big bulk count string");
    if (end < 0) return false;
    const marker = this.#chunk[this.#offset]!;
    if (marker !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(marker)}'`);
    const length = parseLengthWord(this.#chunk.latin1Slice(this.#offset + 1, end));
    if (Number.isNaN(length) || length < 0 || length > this.#limits.bulkBytesMax) {
      throw new ProtocolError("invalid bulk length");
    }
    if (!this.authenticated && length > this.#limits.strangerBulkBytesMax) {
      throw new ProtocolError("unauthenticated bulk length");
    }
    this.#count(end + 2 - this.#offset + length + 2);
    this.#offset = end + 2;
    this.#bulkLength = length;
    return true;
  }

  /** The argument whose length is known, and its line end; false when not all of it is here. */
  #readCutOne(): boolean {
    const have = this.#chunk.length - this.#offset;
    const length = this.#bulkLength;
    if (!this.#long.active && have >= length + 2) {
      this.#argv[this.#words - this.#missing] = bytesToString(this.#chunk, this.#offset, length);
      this.#offset += length + 2;
    } else {
      if (!this.#long.active) {
        if (length < GATHER_FROM_BYTES) return false;
        this.#long.begin(length);
      }
      this.#offset += this.#long.add(this.#chunk, this.#offset);
      if (!this.#long.isWhole || this.#chunk.length - this.#offset < 2) return false;
      this.#argv[this.#words - this.#missing] = this.#long.take();
      this.#offset += 2;
    }
    this.#bulkLength = -1;
    this.#missing--;
    return true;
  }

  #count(bytes: number): void {
    this.#commandBytes += bytes;
    if (this.#commandBytes > this.#limits.commandBytesMax) throw new ProtocolError("too big request");
  }

  /** Where the CR of the line at the offset stands; -1 while the line is not whole. */
  #lineEnd(tooBig: string): number {
    const end = this.#chunk.indexOf(CR, this.#offset);
    if (end >= 0) return end + 1 < this.#chunk.length ? end : -1;
    if (this.#chunk.length - this.#offset > this.#limits.inlineBytesMax) throw new ProtocolError(tooBig);
    return -1;
  }

  #inline(): BinaryString[] | null {
    const end = this.#chunk.indexOf(LF, this.#offset);
    const length = (end < 0 ? this.#chunk.length : end) - this.#offset;
    if (length > this.#limits.inlineBytesMax) throw new ProtocolError("too big inline request");
    if (end < 0) return null;
    const stop = length > 0 && this.#chunk[end - 1] === CR ? end - 1 : end;
    const line = this.#chunk.latin1Slice(this.#offset, stop);
    this.#offset = end + 1;
    const words = splitInline(line);
    if (words === null) throw new ProtocolError("unbalanced quotes in request");
    return words;
  }
}
