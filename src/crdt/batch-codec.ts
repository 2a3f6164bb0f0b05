import { ByteReader, ByteWriter, MalformedBytesError } from "../base/bytes.ts";
import type { Batch } from "./batch.ts";
import { encodeOperation } from "./operation-codec.ts";
import { isOriginId, type OriginTable } from "./origin.ts";
import type { Operation } from "./operation.ts";
import type { VersionVector } from "./version-vector.ts";

/**
 * A batch as bytes: encoded once, and the same bytes go to the own log, to the disk and to every peer.
 *
 *     version u8 · origin · sequence · stamp · n × (origin, sequence) · m × operation
 *
 * Numbers are varints; origins travel by name, because a batch must mean the same in a log read ten years later and to a
 * peer that has never met us. The names repeat from batch to batch, so the encoder keeps their bytes.
 *
 * The vector leaves out what retirements imply that the batch follows (see `retirements.ts`). A version that knows none would take
 * that for "not observed": so they have a format of their own. The bytes are those of format 1, which is still read.
 */
export const BATCH_FORMAT_VERSION = 2;
const BATCH_FORMAT_MIN = 1;

/** Operations one batch may carry. */
export const BATCH_OPERATIONS_MAX = 16_777_216;
/** Origins one dependency vector may name. */
export const BATCH_ORIGINS_MAX = 65_536;

export class BatchEncoder {
  readonly #origins: OriginTable;
  readonly #writer = new ByteWriter(64 * 1024);
  /** Whose name the writer begins with; -1: nobody's. */
  #origin = -1;
  #headBytes = 0;
  #others: VersionVector | null = null;
  #othersBytes: Buffer = Buffer.alloc(0);

  constructor(origins: OriginTable) {
    this.#origins = origins;
  }

  /** The bytes, as a view that is valid until the next call. */
  encode(context: Omit<Batch, "operations">, operations: readonly Operation[]): Buffer {
    const writer = this.#writer;
    const { origin, others } = context;
    if (origin === this.#origin) writer.reset(this.#headBytes);
    else this.#encodeHead(origin);
    writer.varint(context.sequence);
    writer.varint(context.stamp);
    if (others !== this.#others) this.#encodeOthers(origin, others);
    writer.raw(this.#othersBytes);
    writer.varint(operations.length);
    let previous: Operation | null = null;
    for (let at = 0; at < operations.length; at++) {
      const operation = operations[at]!;
      encodeOperation(writer, operation, previous);
      previous = operation;
    }
    return writer.view();
  }

  /** Stands at the writer's beginning for all batches of this origin. */
  #encodeHead(origin: number): void {
    this.#writer.reset();
    this.#writer.u8(BATCH_FORMAT_VERSION);
    this.#writer.binary(this.#origins.id(origin));
    this.#origin = origin;
    this.#headBytes = this.#writer.length;
    this.#others = null;
  }

  #encodeOthers(own: number, others: VersionVector): void {
    const writer = new ByteWriter(256);
    const known = [...others.named()].filter(([origin]) => origin !== own);
    writer.varint(known.length);
    for (const [origin, sequence] of known) {
      writer.binary(this.#origins.id(origin));
      writer.varint(sequence);
    }
    this.#others = others;
    this.#othersBytes = writer.take();
  }
}

export interface BatchDot {
  readonly id: string;
  readonly sequence: number;
  readonly stamp: number;
}

/** The dot and stamp alone: what routing and cursors need, without the cost of the operations. */
export function peekBatch(bytes: Buffer): BatchDot {
  return readDot(new ByteReader(bytes));
}

function readDot(reader: ByteReader): BatchDot {
  readFormat(reader);
  const id = readOrigin(reader);
  return { id, sequence: readSequence(reader), stamp: reader.varint() };
}

/** Throws MalformedBytesError when it is not known. */
export function readFormat(reader: ByteReader): void {
  const version = reader.u8();
  if (version < BATCH_FORMAT_MIN || version > BATCH_FORMAT_VERSION)
    throw new MalformedBytesError(`batch format ${version} is not known here`);
}

/** A batch's own sequence. */
export function readSequence(reader: ByteReader): number {
  const sequence = reader.varint();
  if (sequence === 0) throw new MalformedBytesError("batch sequences start at 1");
  return sequence;
}

/** An origin's name, checked. */
export function readOrigin(reader: ByteReader): string {
  const id = reader.binary();
  if (!isOriginId(id)) throw new MalformedBytesError("an origin's name is malformed");
  return id;
}
