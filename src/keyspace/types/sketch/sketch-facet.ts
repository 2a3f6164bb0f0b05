import { unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import { decodeRanks, encodeRanks, type SketchOperation } from "../../../crdt/operations/sketch-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Coverage } from "../../../crdt/register.ts";
import { REGISTER_COUNT, type RegisterRank } from "../../../crdt/sketch/hyper-log-log.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { CollectionFacet } from "../collection-facet.ts";
import type { FacetKind, Stamped } from "../facet.ts";
import { decodeDeadlines } from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";

/** What one batch raised, kept by itself until stable: a remove takes exactly those it had observed. */
interface Raise {
  readonly origin: number;
  readonly sequence: number;
  readonly stamp: number;
  readonly ranks: readonly RegisterRank[];
}

/**
 * A HyperLogLog: registers merge by maximum (row P1). Each batch's part is kept with its dot while something concurrent may
 * still remove others and not it; what is stable becomes one part. A client's DEL wins over concurrent PFADDs (row P2): the
 * transaction sees to that.
 */
export class SketchFacet extends CollectionFacet {
  readonly type = "sketch";
  #parts: Raise[] = [];
  #registers: Uint8Array | null = null;

  override get hasElements(): boolean {
    return false;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** The maximum of all parts; not to be changed. */
  get registers(): Uint8Array {
    if (this.#registers === null) {
      this.#registers = new Uint8Array(REGISTER_COUNT);
      for (const part of this.#parts) raise(this.#registers, part.ranks);
    }
    return this.#registers;
  }

  apply(operation: ValueOperation, context: Context): void {
    const own = operation as SketchOperation;
    switch (own.op) {
      case OP.sketchRaise: {
        const { origin, sequence, stamp } = context;
        this.#parts.push({ origin, sequence, stamp, ranks: own.ranks });
        if (this.#registers !== null) raise(this.#registers, own.ranks);
        return;
      }
      default:
        unreachable(own.op);
    }
  }

  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const part of this.#parts) {
      const order = part.stamp - best.stamp || origins.compare(part.origin, best.origin);
      if (order > 0) best = part;
    }
    return best;
  }

  elementNames(): Iterable<string> {
    return [];
  }

  encodeElement(): boolean {
    return false;
  }

  restoreElement(): void {}

  override encodeHead(writer: ByteWriter, origins: OriginTable): void {
    super.encodeHead(writer, origins);
    writer.varint(this.#parts.length);
    for (const part of this.#parts) {
      writer.varint(part.origin);
      writer.varint(part.sequence);
      writer.varint(part.stamp);
      encodeRanks(writer, part.ranks);
    }
  }

  restoreParts(reader: RowReader): void {
    for (let left = reader.varint(); left > 0; left--) {
      const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
      this.#parts.push({ origin, sequence, stamp, ranks: decodeRanks(reader) });
    }
  }

  protected get elementBytes(): number {
    // Its registers too, whether they are here or not: reads make them, and what reads change could not be accounted for.
    let bytes = 240 + REGISTER_COUNT;
    for (const part of this.#parts) bytes += 80 + part.ranks.length * 40;
    return bytes;
  }

  protected get hasUnfoldedElements(): boolean {
    return this.#parts.length > 1;
  }

  protected observes(observed: Coverage): boolean {
    return this.#parts.some((part) => observed.covers(part.origin, part.sequence));
  }

  protected removeObservedElements(context: Context): void {
    this.#parts = this.#parts.filter((part) => !context.covers(part.origin, part.sequence));
    this.#registers = null;
  }

  protected foldElements(frontier: VersionVector, origins: OriginTable): void {
    const stable = this.#parts.filter((part) => frontier.covers(part.origin, part.sequence));
    if (stable.length < 2) return;
    const registers = new Uint8Array(REGISTER_COUNT);
    for (const part of stable) raise(registers, part.ranks);
    const newest = stable.reduce((best, part) =>
      (part.stamp - best.stamp || origins.compare(part.origin, best.origin)) > 0 ? part : best,
    );
    const rest = this.#parts.filter((part) => !stable.includes(part));
    this.#parts = [{ ...newest, ranks: ranksOf(registers) }, ...rest];
  }

  protected elementsAreWithin(frontier: VersionVector): boolean {
    return this.#parts.every((part) => frontier.covers(part.origin, part.sequence));
  }

  protected writeCanonicalElements(writer: ByteWriter): void {
    encodeRanks(writer, ranksOf(this.registers));
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    return [{ op: OP.sketchRaise, db, key, ranks: ranksOf(this.registers) }];
  }
}

function raise(registers: Uint8Array, ranks: readonly RegisterRank[]): void {
  for (const { index, rank } of ranks) if (rank > registers[index]!) registers[index] = rank;
}

/** The registers that are not zero. */
export function ranksOf(registers: Uint8Array): RegisterRank[] {
  const ranks: RegisterRank[] = [];
  for (const [index, rank] of registers.entries()) if (rank > 0) ranks.push({ index, rank });
  return ranks;
}

export const SKETCH_KIND: FacetKind = {
  create: () => new SketchFacet(),
  decodeHead(reader) {
    const facet = new SketchFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    facet.restoreParts(reader);
    return facet;
  },
};
