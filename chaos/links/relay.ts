import type { Socket } from "node:net";
import type { Random } from "../../src/base/random.ts";
import type { Toxic } from "./link.ts";

/** Bytes held on their way through one stream; beyond, the sender waits. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;
/** A thin stream lets go of pieces of at most so many milliseconds, so that it trickles instead of coming in lumps. */
const THIN_PIECE_MS = 20;

interface Held {
  readonly dueMs: number;
  /** Null: the sender has ended. */
  readonly bytes: Buffer | null;
}

export interface RelayEnd {
  /** Closes both sides of the connection. */
  readonly cut: () => void;
  /** Ends both sides after so long: with a reset, or closing them. */
  readonly endAfter: (afterMs: number, reset: boolean) => void;
  readonly random: Random;
}

/** One direction of one connection: reads from `from`, applies the toxics that hold at that moment, writes to `to` in order. */
export class Relay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #end: RelayEnd;
  readonly #toxics: ReadonlyMap<string, Toxic>;
  readonly #held: Held[] = [];
  /** The toxics that reset and were there before this connection. */
  readonly #resetBy: ReadonlySet<string>;
  readonly #carried = new Map<string, number>();
  #heldBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #blocked = false;

  /** `toxics` is the link's live table for this stream: what is changed there holds from the next piece on. */
  constructor(from: Socket, to: Socket, toxics: ReadonlyMap<string, Toxic>, end: RelayEnd) {
    this.#from = from;
    this.#to = to;
    this.#toxics = toxics;
    this.#end = end;
    this.#resetBy = new Set([...toxics].filter(([, { kind }]) => kind === "reset-peer").map(([name]) => name));
    from.on("data", (chunk: Buffer) => this.#take(chunk));
    from.on("end", () => this.#hold(null, performance.now()));
    to.on("drain", () => {
      this.#blocked = false;
      this.#release();
    });
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#held.length = 0;
  }

  #take(chunk: Buffer): void {
    let pieces: readonly Buffer[] = [chunk];
    let dueMs = performance.now();
    let pauseMs = 0;
    let millisecondsPerByte = 0;
    for (const [name, toxic] of this.#toxics) {
      switch (toxic.kind) {
        case "black-hole":
          return;
        case "latency":
          dueMs += Math.max(0, toxic.latencyMs + (this.#end.random.next() * 2 - 1) * toxic.jitterMs);
          break;
        case "bandwidth":
          millisecondsPerByte = Math.max(millisecondsPerByte, 1 / (toxic.kilobytesPerSecond * 1.024));
          break;
        case "slicer":
          pieces = pieces.flatMap((piece) => slices(piece, toxic.averageBytes));
          pauseMs = toxic.pauseMicros / 1000;
          break;
        case "cut-after": {
          const carried = this.#carried.get(name) ?? 0;
          this.#carried.set(name, carried + chunk.length);
          if (carried + chunk.length > toxic.bytes) {
            const rest = chunk.subarray(0, Math.max(0, toxic.bytes - carried));
            this.#to.write(rest, () => this.#end.cut());
            this.stop();
            return;
          }
          break;
        }
        case "reset-peer":
          this.#end.endAfter(toxic.afterMs, this.#resetBy.has(name));
          return;
      }
    }
    if (millisecondsPerByte > 0) {
      const pieceBytes = Math.max(1, Math.floor(THIN_PIECE_MS / millisecondsPerByte));
      pieces = pieces.flatMap((piece) => slices(piece, pieceBytes));
    }
    for (const piece of pieces) {
      dueMs = Math.max(dueMs, this.#lastDueMs) + piece.length * millisecondsPerByte + pauseMs;
      this.#hold(piece, dueMs);
    }
  }

  #hold(bytes: Buffer | null, dueMs: number): void {
    // The end of a stream that leads into a black hole is not seen on the other side either.
    if (bytes === null && [...this.#toxics.values()].some(({ kind }) => kind === "black-hole")) return;
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    this.#held.push({ dueMs: this.#lastDueMs, bytes });
    this.#heldBytes += bytes?.length ?? 0;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#from.pause();
    if (this.#timer === null) this.#release();
  }

  #release(): void {
    this.#timer = null;
    const now = performance.now();
    for (let first = this.#held[0]; first !== undefined && !this.#blocked; first = this.#held[0]) {
      if (first.dueMs > now) {
        this.#timer = setTimeout(() => this.#release(), Math.ceil(first.dueMs - now));
        return;
      }
      this.#held.shift();
      if (first.bytes === null) {
        this.#to.end();
        return;
      }
      this.#heldBytes -= first.bytes.length;
      if (!this.#to.write(first.bytes)) this.#blocked = true;
    }
    if (this.#heldBytes <= HELD_BYTES_MAX / 2 && this.#from.isPaused()) this.#from.resume();
  }
}

function slices(bytes: Buffer, size: number): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) pieces.push(bytes.subarray(start, start + size));
  return pieces;
}
