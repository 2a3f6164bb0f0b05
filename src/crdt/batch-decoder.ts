import { ByteReader, MalformedBytesError } from "../base/bytes.ts";
import {
  BATCH_OPERATIONS_MAX,
  BATCH_ORIGINS_MAX,
  readFormat,
  readOrigin,
  readSequence,
  type BatchDot,
} from "./batch-codec.ts";
import type { Batch } from "./batch.ts";
import { decodeOperation } from "./operation-codec.ts";
import type { Operation } from "./operation.ts";
import type { OriginId, OriginTable } from "./origin.ts";
import { VersionVector } from "./version-vector.ts";

/** Origins whose names are kept as bytes: those of a few regions are in every batch. */
const NAMES_MAX = 16;

/** A batch of which the dot and the stamp have been read. */
export interface OpenBatch extends BatchDot {
  readonly reader: ByteReader;
  readonly from: KnownOrigin;
}

/**
 * Reads batches, one after another. In a stream the same names come in every batch, and mostly the same vector: what was read and
 * checked once is known again by its bytes. So a batch costs its operations, not its names.
 */
export class BatchDecoder {
  readonly #origins: OriginTable;
  readonly #known: KnownOrigin[] = [];
  #oldest = 0;

  constructor(origins: OriginTable) {
    this.#origins = origins;
  }

  /** The dot and the stamp: what routing and cursors need. Throws MalformedBytesError. */
  open(bytes: Buffer): OpenBatch {
    const reader = new ByteReader(bytes);
    readFormat(reader);
    const from = this.#origin(reader);
    return { id: from.id, sequence: readSequence(reader), stamp: reader.varint(), reader, from };
  }

  /** All of it, once. Throws MalformedBytesError or UnknownOperationError; interns the origins it names. */
  decode({ reader, from, sequence, stamp }: OpenBatch): Batch {
    const origin = this.#indexOf(from);
    const others = this.#others(reader, from, origin, sequence);
    const count = reader.varint();
    if (count > BATCH_OPERATIONS_MAX || count > reader.remaining) {
      throw new MalformedBytesError(`a batch claims ${count} operations`);
    }
    const operations: Operation[] = [];
    for (let index = 0; index < count; index++) {
      operations.push(decodeOperation(reader, operations.at(-1) ?? null));
    }
    if (reader.remaining !== 0) throw new MalformedBytesError(`${reader.remaining} bytes after the last operation`);
    return { origin, sequence, stamp, others, operations };
  }

  /**
   * The vector it depends on. Shared by the origin's batches as long as they say the same: what it issued itself in between counts by
   * the batch's own sequence.
   */
  #others(reader: ByteReader, from: KnownOrigin, origin: number, sequence: number): VersionVector {
    const { retirements } = this.#origins;
    const { latest } = from;
    const mayBeSame = sequence > latest.since && latest.retirements === retirements.count;
    if (latest.vector !== null && mayBeSame && reader.skip(latest.bytes, latest.length)) return latest.vector;
    const start = reader.offset;
    const count = reader.varint();
    if (count > BATCH_ORIGINS_MAX) throw new MalformedBytesError(`a batch depends on ${count} origins`);
    const others = new VersionVector(retirements);
    for (let index = 0; index < count; index++) {
      const other = this.#indexOf(this.#origin(reader));
      others.set(other, reader.varint());
    }
    // What it issued itself before counts too: a retirement of its own, for one.
    if (sequence > 1) others.set(origin, sequence - 1);
    others.complete();
    // A log that is read again may meet a retirement here that its origin says only later: batches behind that know it, this one does not.
    latest.vector = retirements.latestBy(origin) < sequence ? others : null;
    latest.since = sequence;
    latest.retirements = retirements.count;
    const bytes = reader.since(start);
    if (bytes.length > latest.bytes.length) latest.bytes = Buffer.allocUnsafeSlow(bytes.length * 2);
    latest.bytes.set(bytes);
    latest.length = bytes.length;
    return others;
  }

  #indexOf(known: KnownOrigin): number {
    return (known.index ??= this.#origins.intern(known.id));
  }

  #origin(reader: ByteReader): KnownOrigin {
    for (const known of this.#known) if (reader.skip(known.name)) return known;
    const start = reader.offset;
    const id = readOrigin(reader);
    const name = Buffer.from(reader.since(start));
    const latest = { bytes: Buffer.alloc(0), length: 0, vector: null, since: 0, retirements: 0 };
    const known = { name, id, index: null, latest };
    if (this.#known.length < NAMES_MAX) this.#known.push(known);
    else this.#known[this.#oldest++ % NAMES_MAX] = known;
    return known;
  }
}

/** Reads one batch alone. Throws as `BatchDecoder.decode` does. */
export function decodeBatch(bytes: Buffer, origins: OriginTable): Batch {
  const decoder = new BatchDecoder(origins);
  return decoder.decode(decoder.open(bytes));
}

/** An origin as its batches name it. */
interface KnownOrigin {
  /** With its length, as it stands in a batch. */
  readonly name: Buffer;
  readonly id: OriginId;
  /** In the table; null until one of its batches is read whole, or names it. */
  index: number | null;
  /** What its latest batch depended on. */
  readonly latest: KnownVector;
}

interface KnownVector {
  /** The vector as it stands in the batch: so many of these bytes. */
  bytes: Buffer;
  length: number;
  /** Null: nothing is known. */
  vector: VersionVector | null;
  /** Sequence of the first batch that depended on it: later ones do as well, earlier ones may have known less. */
  since: number;
  /** So many retirements were known when it was completed. */
  retirements: number;
}
