import type { RowChange } from "../rows-port.ts";

/** One block holds many changes; a larger change has a block of its own. */
const BLOCK_BYTES = 1024 * 1024;
/** Lengths of key and value before them. */
const HEAD_BYTES = 6;
const REMOVED = 0xffff_ffff;

/** Changes of rows in blocks of plain memory, which pass from one thread to another without being copied. */
export class RowBlockPacker {
  readonly #full: (block: ArrayBuffer, length: number) => void;
  #block: Buffer | null = null;
  #length = 0;

  /** `full` is given each block and how much of it is used; it may keep it. */
  constructor(full: (block: ArrayBuffer, length: number) => void) {
    this.#full = full;
  }

  add({ key, value }: RowChange): void {
    const needed = HEAD_BYTES + key.length + (value?.length ?? 0);
    if (this.#block !== null && this.#length + needed > this.#block.length) this.end();
    const block = (this.#block ??= Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, needed)));
    let at = block.writeUInt16LE(key.length, this.#length);
    at = block.writeUInt32LE(value?.length ?? REMOVED, at);
    block.set(key, at);
    if (value !== null) block.set(value, at + key.length);
    this.#length += needed;
  }

  /** Gives out what is left. */
  end(): void {
    if (this.#block === null) return;
    this.#full(this.#block.buffer as ArrayBuffer, this.#length);
    this.#block = null;
    this.#length = 0;
  }
}

/** The changes in a block, as views of it, in order. */
export function* changesOf(memory: ArrayBuffer, length: number): Generator<RowChange> {
  const block = Buffer.from(memory);
  for (let at = 0; at < length;) {
    const keyEnd = at + HEAD_BYTES + block.readUInt16LE(at);
    const valueLength = block.readUInt32LE(at + 2);
    const key = block.subarray(at + HEAD_BYTES, keyEnd);
    at = valueLength === REMOVED ? keyEnd : keyEnd + valueLength;
    yield { key, value: valueLength === REMOVED ? null : block.subarray(keyEnd, at) };
  }
}
