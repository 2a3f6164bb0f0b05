import { MalformedBytesError } from "../../base/bytes.ts";
import { decodeDelta, encodeDelta, type Delta } from "../delta.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeCount, decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/** Gives each member a score in place of those it had observed. A score may be infinite, and is a number. */
export interface SortedSetPut extends KeyOperation {
  readonly op: typeof OP.sortedSetPut;
  readonly members: readonly string[];
  /** One for each member. */
  readonly scores: readonly number[];
}

export interface SortedSetRemove extends KeyOperation {
  readonly op: typeof OP.sortedSetRemove;
  readonly members: readonly string[];
}

/** Adds to the score of one member. */
export interface SortedSetAdd extends KeyOperation {
  readonly op: typeof OP.sortedSetAdd;
  readonly member: string;
  readonly delta: Delta;
}

export type SortedSetOperation = SortedSetPut | SortedSetRemove | SortedSetAdd;

export const SORTED_SET_PUT: OperationSpec<SortedSetPut> = {
  type: "zset",
  creates: true,
  encode(writer, { members, scores }) {
    writer.varint(members.length);
    for (let index = 0; index < members.length; index++) {
      writer.f64(scores[index]!);
      writer.binary(members[index]!);
    }
  },
  decode(reader, db, key) {
    const members: string[] = [];
    const scores: number[] = [];
    for (let left = decodeCount(reader); left > 0; left--) {
      const score = reader.f64();
      if (Number.isNaN(score)) throw new MalformedBytesError("a score that is no number");
      scores.push(score);
      members.push(reader.binary());
    }
    return { op: OP.sortedSetPut, db, key, members, scores };
  },
  bytes: ({ members }) => listBytes(members) + 8 * members.length,
};

export const SORTED_SET_REMOVE: OperationSpec<SortedSetRemove> = {
  type: "zset",
  creates: false,
  encode: (writer, { members }) => encodeList(writer, members),
  decode: (reader, db, key) => ({ op: OP.sortedSetRemove, db, key, members: decodeList(reader) }),
  bytes: ({ members }) => listBytes(members),
};

export const SORTED_SET_ADD: OperationSpec<SortedSetAdd> = {
  type: "zset",
  creates: true,
  encode(writer, { member, delta }) {
    writer.binary(member);
    encodeDelta(writer, delta);
  },
  decode(reader, db, key) {
    const member = reader.binary();
    return { op: OP.sortedSetAdd, db, key, member, delta: decodeDelta(reader) };
  },
  bytes: ({ member }) => member.length + 24,
};
