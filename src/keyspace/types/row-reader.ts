import { ByteReader } from "../../base/bytes.ts";

/**
 * Reads the bytes of a row. Rows name origins by their index in the table of the directory they were written in; rows from
 * another region's snapshot come with the translation from its table to ours.
 */
export class RowReader extends ByteReader {
  readonly #translation: readonly number[] | null;

  constructor(bytes: Buffer, translation: readonly number[] | null = null) {
    super(bytes);
    this.#translation = translation;
  }

  /** An origin's index, in our table. */
  origin(): number {
    const index = this.varint();
    return this.#translation === null ? index : this.#translation[index]!;
  }

  /** A vector by origin index, in our table's order. */
  vector(): number[] {
    const length = this.varint();
    if (this.#translation === null) return Array.from({ length }, () => this.varint());
    const out: number[] = [];
    for (let index = 0; index < length; index++) {
      const sequence = this.varint();
      const origin = this.#translation[index]!;
      while (out.length <= origin) out.push(0);
      out[origin] = sequence;
    }
    return out;
  }
}
