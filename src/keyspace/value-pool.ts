import { assert } from "../base/assert.ts";
import type { BinaryString } from "../base/bytes.ts";

/** Shorter texts are no burden to V8's collector; a place here would cost as much as they do. */
export const POOLED_BYTES_MIN = 64;
/**
 * Before a text stand its length, and whether it was read; and room for all else that the key is while it is packed: when it was
 * last used, its deadline, and the sequence, stamp and origin of its value.
 */
export const SLOT_HEADER_BYTES = 36;
/** Longer ones are few, and would leave blocks of this size with a handful of slots. */
export const POOLED_BYTES_MAX = 16 * 1024 - SLOT_HEADER_BYTES;

const BLOCK_BYTES = 256 * 1024;
/** Slots grow by an eighth from class to class: at most so much of one is unused. */
const STEPS_PER_DOUBLING = 8;
const SMALLEST_SLOT_BYTES = 64;
const SLOTS_PER_BLOCK_MAX = BLOCK_BYTES / SMALLEST_SLOT_BYTES;
/** So that a place is a number which V8 keeps without an object: 64 GB. */
const BLOCKS_MAX = 2 ** 30 / SLOTS_PER_BLOCK_MAX;
const WAS_READ = 0x8000_0000;
const NONE = 0xffff_ffff;
/** Words of 4 bytes, in pairs of 8 where a number needs them. */
const USED_AT_WORD = 1;
const DEADLINE_PAIR = 1;
const SEQUENCE_PAIR = 2;
const STAMP_PAIR = 3;
const ORIGIN_WORD = 8;

/** A slot of a pool, as a number: 30 bits. */
export type PoolPlace = number;

/** What stands before a text. */
export interface SlotHeader {
  readonly usedAtS: number;
  readonly deadlineMs: number;
  readonly sequence: number;
  readonly stamp: number;
  /** 32 bits: the origin, and what else there is to say. */
  readonly origin: number;
}

/**
 * Texts of values outside V8's heap. On it every value that is written is copied twice as it grows old, is garbage of the old
 * generation once overwritten, and so makes the collector go through all that is alive: a third of what a SET of 1 KB cost. Here
 * it is copied once, and its place is written over. What is read is made a string of V8 again: that pays for values that are
 * written more often than they are read, and whoever holds one sees to it that others do not stay here.
 *
 * Slots of one size fill a block, as in a slab allocator (Bonwick, 1994; memcached). Whoever holds a block and a slot number owns
 * that slot until it gives it back, and nobody else can be given it: there is no reading what was freed, whatever happens to the
 * pool. A slot that is dropped without being given back is lost until its pool goes, which is dropped whole, and goes with the last
 * who holds one of its blocks.
 */
export class ValuePool {
  /** Blocks with free slots, by size class. */
  readonly #open: ValueBlock[][] = [];
  readonly #blocks: (ValueBlock | null)[] = [];
  readonly #freeNumbers: number[] = [];

  /** A block with a free slot that holds so many bytes, up to POOLED_BYTES_MAX. */
  blockFor(bytes: number): ValueBlock {
    assert(bytes <= POOLED_BYTES_MAX, "a text is too long for the pool");
    const sizeClass = classOf(bytes + SLOT_HEADER_BYTES);
    const open = (this.#open[sizeClass] ??= []);
    if (open.length === 0) open.push(this.#newBlock(open, sizeClass));
    return open[open.length - 1]!;
  }

  /** The block of a place that one of its slots has. */
  blockOf(place: PoolPlace): ValueBlock {
    const block = this.#blocks[Math.floor(place / SLOTS_PER_BLOCK_MAX)];
    assert(block != null, "a place of no block");
    return block;
  }

  #newBlock(open: ValueBlock[], sizeClass: number): ValueBlock {
    const number = this.#freeNumbers.pop() ?? this.#blocks.length;
    const went = (): void => {
      this.#blocks[number] = null;
      this.#freeNumbers.push(number);
    };
    const block = new ValueBlock({
      open,
      number,
      went,
      slotBytes: slotBytesOf(sizeClass),
      fitsFrom: lowestFit(sizeClass),
    });
    this.#blocks[number] = block;
    return block;
  }
}

export function slotOf(place: PoolPlace): number {
  return place % SLOTS_PER_BLOCK_MAX;
}

interface BlockParts {
  readonly open: ValueBlock[];
  readonly number: number;
  readonly slotBytes: number;
  readonly fitsFrom: number;
  /** It is none of its pool's any more. */
  readonly went: () => void;
}

/** Slots of one size. It is among its pool's open ones while it has a free one, and stays as long as anybody holds it. */
export class ValueBlock {
  /** What each slot occupies. */
  readonly slotBytes: number;
  readonly #fitsFrom: number;
  readonly #open: ValueBlock[];
  readonly #number: number;
  readonly #went: () => void;
  readonly #bytes: Buffer;
  /** The same memory: headers, and in free slots the next free one. */
  readonly #words: Uint32Array;
  readonly #pairs: Float64Array;
  /** Slots that were never given out begin here. */
  #fresh = 0;
  /** The slot given back last; NONE when there is none. */
  #free = NONE;
  #used = 0;

  constructor({ open, number, slotBytes, fitsFrom, went }: BlockParts) {
    this.#open = open;
    this.#number = number;
    this.slotBytes = slotBytes;
    this.#fitsFrom = fitsFrom;
    this.#went = went;
    this.#bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#words = new Uint32Array(this.#bytes.buffer);
    this.#pairs = new Float64Array(this.#bytes.buffer);
  }

  /** Whether a text of so many bytes belongs here: neither too long nor better off in a smaller slot. */
  fits(bytes: number): boolean {
    return bytes <= this.slotBytes - SLOT_HEADER_BYTES && bytes >= this.#fitsFrom;
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

  /** The number of a slot; null when the pool has too many blocks for one. */
  placeOf(slot: number): PoolPlace | null {
    return this.#number < BLOCKS_MAX ? this.#number * SLOTS_PER_BLOCK_MAX + slot : null;
  }

  /** The slot is nobody's. Blocks that are empty go, but for one of a size. */
  giveBack(slot: number): void {
    const wasFull = this.#isFull;
    this.#words[this.#wordOf(slot)] = this.#free;
    this.#free = slot;
    this.#used--;
    if (wasFull) this.#open.push(this);
    if (this.#used > 0 || this.#open.length === 1) return;
    this.#open.splice(this.#open.indexOf(this), 1);
    this.#went();
  }

  write(slot: number, text: BinaryString): void {
    this.#words[this.#wordOf(slot)] = text.length;
    this.#bytes.latin1Write(text, this.#textOf(slot));
  }

  read(slot: number): BinaryString {
    const start = this.#textOf(slot);
    return this.#bytes.latin1Slice(start, start + this.length(slot));
  }

  /** Bytes where else a text is. */
  writeBytes(slot: number, bytes: Buffer): void {
    this.#words[this.#wordOf(slot)] = bytes.length;
    bytes.copy(this.#bytes, this.#textOf(slot));
  }

  /** A view: what the slot holds when it is looked at. */
  bytes(slot: number): Buffer {
    const start = this.#textOf(slot);
    return this.#bytes.subarray(start, start + this.length(slot));
  }

  writeHeader(slot: number, { usedAtS, deadlineMs, sequence, stamp, origin }: SlotHeader): void {
    const word = this.#wordOf(slot);
    const pair = word >>> 1;
    this.#words[word + USED_AT_WORD] = usedAtS;
    this.#words[word + ORIGIN_WORD] = origin;
    this.#pairs[pair + DEADLINE_PAIR] = deadlineMs;
    this.#pairs[pair + SEQUENCE_PAIR] = sequence;
    this.#pairs[pair + STAMP_PAIR] = stamp;
  }

  header(slot: number): SlotHeader {
    const word = this.#wordOf(slot);
    const pair = word >>> 1;
    return {
      usedAtS: this.usedAtS(slot),
      origin: this.#words[word + ORIGIN_WORD]!,
      deadlineMs: this.#pairs[pair + DEADLINE_PAIR]!,
      sequence: this.#pairs[pair + SEQUENCE_PAIR]!,
      stamp: this.#pairs[pair + STAMP_PAIR]!,
    };
  }

  usedAtS(slot: number): number {
    // What was restored with an idle time was used before the process started.
    return this.#words[this.#wordOf(slot) + USED_AT_WORD]! | 0;
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

  #textOf(slot: number): number {
    return slot * this.slotBytes + SLOT_HEADER_BYTES;
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
  const below = sizeClass < 3 ? 0 : slotBytesOf(sizeClass - 3) - SLOT_HEADER_BYTES + 1;
  return Math.max(POOLED_BYTES_MIN, below);
}
