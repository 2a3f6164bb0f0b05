/** The first block of a checkpoint; most have no other. */
const FIRST_BLOCK_BYTES = 1024 * 1024;
/**
 * The others. More than the 32 MiB up to which the C library keeps freed memory for itself, in which long-lived things then lie between
 * holes; what is not written of it takes no memory.
 */
const BLOCK_BYTES = 33 * 1024 * 1024;
/** Before a change: length of its key (16 bits), of its value (32). */
const HEAD_BYTES = 6;
/** As the length of a value: the row goes. */
const REMOVED = 0xffff_ffff;

export interface RowChange {
  readonly key: Buffer;
  /** Null removes. */
  readonly value: Buffer | null;
}

/** Changes one after another, `length` bytes of them. */
export interface RowBlock {
  readonly memory: ArrayBuffer;
  readonly length: number;
}

/**
 * The changes of one checkpoint, in the order in which they apply, in blocks of plain memory: they can pass to another thread
 * without being copied, and a hundred thousand of them are a hundred objects.
 */
export class RowChanges implements Iterable<RowChange> {
  #full: RowBlock[] = [];
  #block: Buffer | null = null;
  #length = 0;
  #count = 0;

  static of(changes: Iterable<RowChange>): RowChanges {
    const made = new RowChanges();
    for (const { key, value } of changes) made.add(key, value);
    return made;
  }

  get count(): number {
    return this.#count;
  }

  /** Copies both. `value` null: the row goes. */
  add(key: Buffer, value: Buffer | null): void {
    const needed = HEAD_BYTES + key.length + (value?.length ?? 0);
    if (this.#block !== null && this.#length + needed > this.#block.length) this.#endBlock();
    const block = (this.#block ??= this.#newBlock(needed));
    let at = block.writeUInt16LE(key.length, this.#length);
    at = block.writeUInt32LE(value?.length ?? REMOVED, at);
    block.set(key, at);
    if (value !== null) block.set(value, at + key.length);
    this.#length += needed;
    this.#count++;
  }

  /** All blocks, for good: who takes them may give them away. */
  take(): readonly RowBlock[] {
    const blocks = [...this.#blocks()];
    this.#full = [];
    this.#block = null;
    this.#length = 0;
    this.#count = 0;
    return blocks;
  }

  /** Views, which are good until the blocks are taken. */
  *[Symbol.iterator](): Generator<RowChange> {
    for (const { memory, length } of this.#blocks()) {
      const block = Buffer.from(memory);
      for (let at = 0; at < length; at = endOf(block, at)) yield changeAt(block, at);
    }
  }

  *#blocks(): Generator<RowBlock> {
    yield* this.#full;
    if (this.#block !== null) yield { memory: this.#block.buffer as ArrayBuffer, length: this.#length };
  }

  #newBlock(needed: number): Buffer {
    const usual = this.#full.length === 0 ? FIRST_BLOCK_BYTES : BLOCK_BYTES;
    return Buffer.allocUnsafeSlow(Math.max(usual, needed));
  }

  #endBlock(): void {
    this.#full.push({ memory: this.#block!.buffer as ArrayBuffer, length: this.#length });
    this.#block = null;
    this.#length = 0;
  }
}

/** Where the change after the one at `at` begins. */
export function endOf(block: Buffer, at: number): number {
  const valueLength = block.readUInt32LE(at + 2);
  return at + HEAD_BYTES + block.readUInt16LE(at) + (valueLength === REMOVED ? 0 : valueLength);
}

/** The change at `at`, as views. */
export function changeAt(block: Buffer, at: number): RowChange {
  const valueStart = at + HEAD_BYTES + block.readUInt16LE(at);
  const valueLength = block.readUInt32LE(at + 2);
  return {
    key: block.subarray(at + HEAD_BYTES, valueStart),
    value: valueLength === REMOVED ? null : block.subarray(valueStart, valueStart + valueLength),
  };
}
