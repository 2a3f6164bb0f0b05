import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { REGISTER_COUNT, REGISTER_MAX, type RegisterRank } from "../sketch/hyper-log-log.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import type { OperationSpec } from "./operation-spec.ts";

/** Raises registers of a HyperLogLog (row P1): those that were lower where it was written. */
export interface SketchRaise extends KeyOperation {
  readonly op: typeof OP.sketchRaise;
  /** By ascending index. */
  readonly ranks: readonly RegisterRank[];
}

export type SketchOperation = SketchRaise;

export const SKETCH_RAISE: OperationSpec<SketchRaise> = {
  type: "sketch",
  creates: true,
  encode: (writer, { ranks }) => encodeRanks(writer, ranks),
  decode: (reader, db, key) => ({ op: OP.sketchRaise, db, key, ranks: decodeRanks(reader) }),
  bytes: ({ ranks }) => 3 + ranks.length * 3,
};

export function encodeRanks(writer: ByteWriter, ranks: readonly RegisterRank[]): void {
  writer.varint(ranks.length);
  let previous = 0;
  for (const { index, rank } of ranks) {
    writer.varint(index - previous);
    writer.u8(rank);
    previous = index;
  }
}

/** Throws MalformedBytesError. */
export function decodeRanks(reader: ByteReader): RegisterRank[] {
  const count = reader.varint();
  if (count > REGISTER_COUNT) throw new MalformedBytesError(`a sketch claims ${count} registers`);
  const ranks: RegisterRank[] = [];
  let index = 0;
  for (let left = count; left > 0; left--) {
    index += reader.varint();
    const rank = reader.u8();
    if (index >= REGISTER_COUNT || rank > REGISTER_MAX)
      throw new MalformedBytesError("a sketch's register is malformed");
    ranks.push({ index, rank });
  }
  return ranks;
}
