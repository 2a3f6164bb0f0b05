import type { BinaryString } from "../base/bytes.ts";
import { splitInline } from "./inline.ts";

/** Limits on what a client may send, with Redis' names where it has them. */
export interface RequestLimits {
  /** Bytes of one argument (`proto-max-bulk-len`). A JavaScript string ends just below 512 MB. */
  readonly bulkBytesMax: number;
  /** Bytes of one inline command or of a length line. */
  readonly inlineBytesMax: number;
  /** Arguments of one command. */
  readonly argumentsMax: number;
  /** Before a client has authenticated: arguments, and bytes of each. */
  readonly strangerArgumentsMax: number;
  readonly strangerBulkBytesMax: number;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  bulkBytesMax: 512 * 1024 * 1024 - 24,
  inlineBytesMax: 64 * 1024,
  argumentsMax: 1024 * 1024,
  strangerArgumentsMax: 10,
  strangerBulkBytesMax: 16 * 1024,
};

/** The client does not speak the protocol; the message is what Redis says after "Protocol error: ". The connection ends. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;
const ZERO = 48;

/**
 * RESP requests out of a stream of chunks: arrays of bulk strings, and inline commands. Arguments become binary strings at once,
 * so no socket chunk is kept. An argument that comes in many chunks grows as a rope and is copied once.
 *
 * Source: the Redis serialization protocol specification; the wording of errors is Redis'.
 */
export class RequestDecoder {
  readonly #limits: RequestLimits;
  /** The client has authenticated: full limits hold. */
  authenticated = true;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #argv: BinaryString[] = [];
  /** Arguments still missing of the command being read; 0 between commands. */
  #missing = 0;
  /** Length of the argument being read; -1 while its length line is. */
  #bulkLength = -1;
  /** What has come of an argument that spans chunks. */
  #partial: string | null = null;

  constructor(limits: RequestLimits = DEFAULT_REQUEST_LIMITS) {
    this.#limits = limits;
  }

  /** Bytes received and not yet decoded. */
  get pendingBytes(): number {
    return this.#chunk.length - this.#offset + (this.#partial?.length ?? 0);
  }

  feed(chunk: Buffer): void {
    if (this.#offset >= this.#chunk.length) this.#chunk = chunk;
    else this.#chunk = Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /** The next whole command; null when more bytes are needed. Throws ProtocolError. Empty commands are skipped. */
  next(): BinaryString[] | null {
    for (;;) {
      if (this.#missing === 0) {
        if (this.#offset >= this.#chunk.length) return null;
        if (this.#chunk[this.#offset] !== STAR) {
          const argv = this.#inline();
          if (argv === null) return null;
          if (argv.length === 0) continue;
          return argv;
        }
        if (!this.#readCount()) return null;
        if (this.#missing === 0) continue;
        this.#argv = [];
      }
      while (this.#missing > 0) {
        if (this.#bulkLength < 0 && !this.#readBulkLength()) return null;
        if (!this.#readBulk()) return null;
      }
      const argv = this.#argv;
      this.#argv = [];
      return argv;
    }
  }

  /** `*N`; false when the line is not whole yet. A count below 1 leaves nothing missing: an empty command. */
  #readCount(): boolean {
    const count = this.#lengthLine("too big mbulk count string");
    if (count === null) return false;
    if (Number.isNaN(count) || count > this.#limits.argumentsMax) throw new ProtocolError("invalid multibulk length");
    if (!this.authenticated && count > this.#limits.strangerArgumentsMax) {
      throw new ProtocolError("unauthenticated multibulk length");
    }
    this.#missing = Math.max(0, count);
    return true;
  }

  #readBulkLength(): boolean {
    if (this.#offset >= this.#chunk.length) return false;
    const marker = this.#chunk[this.#offset]!;
    if (marker !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(marker)}'`);
    const length = this.#lengthLine("too big bulk count string");
    if (length === null) return false;
    if (Number.isNaN(length) || length < 0 || length > this.#limits.bulkBytesMax) {
      throw new ProtocolError("invalid bulk length");
    }
    if (!this.authenticated && length > this.#limits.strangerBulkBytesMax) {
      throw new ProtocolError("unauthenticated bulk length");
    }
    this.#bulkLength = length;
    return true;
  }

  /** The argument and its line end; false when not all of it is here. */
  #readBulk(): boolean {
    const have = this.#chunk.length - this.#offset;
    if (this.#partial === null) {
      if (have >= this.#bulkLength + 2) {
        this.#argv.push(this.#chunk.latin1Slice(this.#offset, this.#offset + this.#bulkLength));
        this.#offset += this.#bulkLength + 2;
        this.#missing--;
        this.#bulkLength = -1;
        return true;
      }
      if (this.#bulkLength < ROPE_FROM_BYTES) return false;
      this.#partial = "";
    }
    const left = this.#bulkLength - this.#partial.length;
    const taken = Math.min(left, have);
    this.#partial += this.#chunk.latin1Slice(this.#offset, this.#offset + taken);
    this.#offset += taken;
    if (this.#partial.length < this.#bulkLength || this.#chunk.length - this.#offset < 2) return false;
    this.#offset += 2;
    this.#argv.push(this.#partial);
    this.#partial = null;
    this.#missing--;
    this.#bulkLength = -1;
    return true;
  }

  /** The number behind the marker at the offset, NaN when it is none; null when the line is not whole. */
  #lengthLine(tooBig: string): number | null {
    const chunk = this.#chunk;
    let at = this.#offset + 1;
    const negative = chunk[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    while (at < chunk.length) {
      const digit = chunk[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at < chunk.length && chunk[at] === CR) {
      if (at + 1 >= chunk.length) return null;
      this.#offset = at + 2;
      const digits = at - first;
      if (digits === 0 || digits > 18) return Number.NaN;
      return negative ? -value : value;
    }
    const end = chunk.indexOf(CR, this.#offset);
    if (end < 0 || end + 1 >= chunk.length) {
      if (chunk.length - this.#offset > this.#limits.inlineBytesMax) throw new ProtocolError(tooBig);
      return null;
    }
    this.#offset = end + 2;
    return Number.NaN;
  }

  #inline(): BinaryString[] | null {
    const end = this.#chunk.indexOf(LF, this.#offset);
    if (end < 0) {
      if (this.#chunk.length - this.#offset > this.#limits.inlineBytesMax)
        throw new ProtocolError("too big inline request");
      return null;
    }
    const stop = end > this.#offset && this.#chunk[end - 1] === CR ? end - 1 : end;
    const line = this.#chunk.latin1Slice(this.#offset, stop);
    this.#offset = end + 1;
    if (line.length > this.#limits.inlineBytesMax) throw new ProtocolError("too big inline request");
    const argv = splitInline(line);
    if (argv === null) throw new ProtocolError("unbalanced quotes in request");
    return argv;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
/** Arguments from this length on are gathered as they come instead of waiting for all of their bytes. */
const ROPE_FROM_BYTES = 32 * 1024;
