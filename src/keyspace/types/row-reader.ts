import { ByteReader, type ByteWriter } from "../../base/bytes.ts";
import type { Retirements } from "../../crdt/retirements.ts";
import { VersionVector } from "../../crdt/version-vector.ts";

/** Reads the bytes of a row. Rows name origins and retirements by their indexes in this directory's table. */
export class RowReader extends ByteReader {
  readonly #retirements: Retirements | null;

  /** Without retirements the row is only looked at, not used. */
  constructor(bytes: Buffer, retirements: Retirements | null = null) {
    super(bytes);
    this.#retirements = retirements;
  }

  /** An origin's index. */
  origin(): number {
    return this.varint();
  }

  /** What `writeVector` wrote. */
  vector(): VersionVector {
    const known = this.varint();
    const vector = new VersionVector(this.#retirements, this.#retirements === null ? 0 : known);
    for (let left = this.varint(); left > 0; left--) vector.set(this.varint(), this.varint());
    return vector;
  }

  /** As rows had them first: a sequence for each origin of the table up to the last one that counts. */
  denseVector(length = this.varint()): VersionVector {
    return VersionVector.dense(
      Array.from({ length }, () => this.varint()),
      this.#retirements,
    );
  }
}

export function writeVector(writer: ByteWriter, vector: VersionVector): void {
  writer.varint(vector.known);
  writer.varint(vector.size);
  for (const [origin, sequence] of vector.named()) {
    writer.varint(origin);
    writer.varint(sequence);
  }
}
