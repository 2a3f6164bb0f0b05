/** Groups are gathered in blocks of this size: a turn of fifty clients that each send sixteen writes of 1 KB fits in one. */
export const SLAB_BYTES = 1024 * 1024;
/** Slabs that nobody needs and that are kept all the same. */
const SPARE_SLABS_MAX = 2;

/** Memory that groups share: many small ones, or a part of a large one. */
export class GroupSlab {
  readonly bytes: Buffer;
  /** Groups in it that may still be written or read, and the maker while it goes on there. */
  holders = 0;
  /** Views of it were given away, and nobody says when they are done with. */
  isShown = false;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }
}

/**
 * Slabs in use, and a few to spare. Fresh memory is mapped page by page as it is first written, which costs as much as all the rest
 * of an append does: so a slab that was left by all who held it is used again, unless it was shown.
 */
export class GroupSlabs {
  readonly #spare: GroupSlab[] = [];

  /** A slab with room for so many bytes, the caller among its holders. */
  take(bytes: number): GroupSlab {
    const spare = bytes <= SLAB_BYTES ? this.#spare.pop() : undefined;
    const slab = spare ?? new GroupSlab(Math.max(SLAB_BYTES, bytes));
    slab.holders++;
    return slab;
  }

  /** One who held it needs it no more. */
  leave(slab: GroupSlab): void {
    slab.holders--;
    if (slab.holders > 0 || slab.isShown || slab.bytes.length !== SLAB_BYTES) return;
    if (this.#spare.length < SPARE_SLABS_MAX) this.#spare.push(slab);
  }
}
