import { assert } from "../base/assert.ts";
import type { BinaryString } from "../base/bytes.ts";

/** Shorter texts are no burden to V8's collector; a place here would cost as much as they do. */
export const POOLED_BYTES_MIN = 64;
/** Longer ones are few, and would leave blocks of this size with a handful of slots. */
export const POOLED_BYTES_MAX = 16 * 1024 - 4;

const BLOCK_BYTES = 256 * 1024;
/** Slots grow by an eighth from class to class: at most so much of one is unused. */
const STEPS_PER_DOUBLING = 8;
const SMALLEST_SLOT_BYTES = 64;
/** Before a text stands its length, and whether it was read. */
const LENGTH_BYTES = 4;
const WAS_READ = 0x8000_0000;
const NONE = 0xffff_ffff;

/**
 * Texts of values outside V8's heap. On it every value that is written is copied twice as it grows old, is garbage of the old
 * generation once overwritten, and so makes the collector go through all that is alive: a third of what a SET of 1 KB cost. Here
 * it is copied once, and its place is written over. What is read is made a string of V8 again: that pays for values that are
 * written more often than they are read, and whoever holds one sees to it that others do not stay here.
 *
 * Slots of one size fill a block, as in a slab allocator (Bonwick, 1994; memcached). Whoever holds a block and a slot number owns
 * that slot until it gives it back, and nobody else can be given it: there is no reading what was freed, whatever happens to the
 * pool. A slot that is dropped without being given back is lost until its block's last holder goes; a pool that is dropped whole
 * goes with its holders.
 */
export class ValuePool {
  /** Blocks with free slots, by size class. */
  readonly #open: ValueBlock[][] = [];

  /** A block with a free slot that holds so many bytes, from POOLED_BYTES_MIN to POOLED_BYTES_MAX. */
  blockFor(bytes: number): ValueBlock {
    assert(bytes >= POOLED_BYTES_MIN && bytes <= POOLED_BYTES_MAX, "a text is too short or too long for the pool");
    const sizeClass = classOf(bytes + LENGTH_BYTES);
    const open = (this.#open[sizeClass] ??= []);
    if (open.length === 0) open.push(new ValueBlock(open, slotBytesOf(sizeClass), lowestFit(sizeClass)));
    return open[open.length - 1]!;
  }
}

/** Slots of one size. It is among its pool's open ones while it has a free one, and stays as long as anybody holds it. */
export class ValueBlock {
  /** What each slot occupies. */
  readonly slotBytes: number;
  readonly #fitsFrom: number;
  readonly #open: ValueBlock[];
  readonly #bytes: Buffer;
  /** The same memory: lengths, and in free slots the next free one. */
  readonly #words: Uint32Array;
  /** Slots that were never given out begin here. */
  #fresh = 0;
  /** The slot given back last; NONE when there is none. */
  #free = NONE;
  #used = 0;

  constructor(open: ValueBlock[], slotBytes: number, fitsFrom: number) {
    this.#open = open;
    this.slotBytes = slotBytes;
    this.#fitsFrom = fitsFrom;
    this.#bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }

  /** Whether a text of so many bytes belongs here: neither too long nor better off in a smaller slot. */
  fits(bytes: number): boolean {
    return bytes <= this.slotBytes - LENGTH_BYTES && bytes >= this.#fitsFrom;
  }

  /** A slot of it, the caller's own from now on. It must have a free one. */
  take(): number {
    let slot = this.#free;
    if (slot === NONE) slot = this.#fresh++;
    else this.#free = this.#words[this.#wordOf(slot)]!;
    this.#used++;
    if (this.#isFull) this.#open.pop();
    return slot;
  }

  /** The slot is nobody's. Blocks that are empty go, but for one of a size. */
  giveBack(slot: number): void {
    const wasFull = this.#isFull;
    this.#words[this.#wordOf(slot)] = this.#free;
    this.#free = slot;
    this.#used--;
    if (wasFull) this.#open.push(this);
    else if (this.#used === 0 && this.#open.length > 1) this.#open.splice(this.#open.indexOf(this), 1);
  }

  write(slot: number, text: BinaryString): void {
    this.#words[this.#wordOf(slot)] = text.length;
    this.#bytes.latin1Write(text, slot * this.slotBytes + LENGTH_BYTES);
  }

  read(slot: number): BinaryString {
    const start = slot * this.slotBytes + LENGTH_BYTES;
    return this.#bytes.latin1Slice(start, start + this.length(slot));
  }

  length(slot: number): number {
    return this.#words[this.#wordOf(slot)]! & ~WAS_READ;
  }

  /** Whether this was asked before, since it was written. */
  isReadAgain(slot: number): boolean {
    const word = this.#words[this.#wordOf(slot)]!;
    this.#words[this.#wordOf(slot)] = word | WAS_READ;
    return (word & WAS_READ) !== 0;
  }

  get #isFull(): boolean {
    return this.#free === NONE && (this.#fresh + 1) * this.slotBytes > BLOCK_BYTES;
  }

  #wordOf(slot: number): number {
    return (slot * this.slotBytes) >>> 2;
  }
}

/** Sizes 64, 72, 80, … 128, 144, …: eight in each doubling. */
function classOf(bytes: number): number {
  if (bytes <= SMALLEST_SLOT_BYTES) return 0;
  const last = bytes - 1;
  const doubling = 31 - Math.clz32(last);
  const step = (last >>> (doubling - 3)) - STEPS_PER_DOUBLING;
  return (doubling - 6) * STEPS_PER_DOUBLING + step + 1;
}

function slotBytesOf(sizeClass: number): number {
  const doubling = Math.floor(sizeClass / STEPS_PER_DOUBLING);
  return (SMALLEST_SLOT_BYTES + (sizeClass % STEPS_PER_DOUBLING) * STEPS_PER_DOUBLING) * 2 ** doubling;
}

/** The shortest text that a slot of this class is kept for when what was in it is overwritten: two classes of slack. */
function lowestFit(sizeClass: number): number {
  return sizeClass < 3 ? POOLED_BYTES_MIN : slotBytesOf(sizeClass - 3) - LENGTH_BYTES + 1;
}
