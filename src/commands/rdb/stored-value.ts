import type { BinaryString } from "../../base/bytes.ts";
import type { DeadlineMs } from "../../crdt/deadline.ts";
import type { EntryCount } from "../../crdt/operations/stream-bytes.ts";
import type { Scored } from "../../crdt/score.ts";
import type { StreamId } from "../../crdt/stream-id.ts";

/** A value as a payload has it, of whatever encoding. Collections are not empty, and name nothing twice. */
export type StoredValue =
  | { readonly type: "string"; readonly value: BinaryString }
  | { readonly type: "list"; readonly values: readonly BinaryString[] }
  | { readonly type: "set"; readonly members: readonly BinaryString[] }
  | StoredHash
  | { readonly type: "zset"; readonly scored: readonly Scored[] }
  /** Text of a JSON document. */
  | { readonly type: "ReJSON-RL"; readonly text: BinaryString }
  | StoredStream;

export interface StoredHash {
  readonly type: "hash";
  /** Field and value in turn. */
  readonly pairs: readonly BinaryString[];
  readonly deadlines: readonly (readonly [field: BinaryString, atMs: DeadlineMs])[];
}

export interface StoredStream {
  readonly type: "stream";
  readonly entries: readonly (readonly [id: StreamId, fields: readonly BinaryString[]])[];
  readonly lastId: StreamId;
  readonly maxDeletedId: StreamId;
  readonly entriesAdded: EntryCount;
  readonly groups: readonly StoredGroup[];
}

export interface StoredGroup {
  readonly name: BinaryString;
  readonly lastDelivered: StreamId;
  readonly entriesRead: EntryCount | null;
  readonly consumers: readonly StoredConsumer[];
}

export interface StoredConsumer {
  readonly name: BinaryString;
  readonly pending: readonly StoredDelivery[];
}

export interface StoredDelivery {
  readonly id: StreamId;
  readonly deliveredMs: number;
  readonly count: number;
}
