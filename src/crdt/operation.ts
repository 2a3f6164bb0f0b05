import {
  KEY_END,
  KEY_OWN,
  USER_REVOKE,
  type FlushEnd,
  type KeyEnd,
  type KeyOwn,
  type UserRevoke,
} from "./operations/class-operations.ts";
import { DOCUMENT_CHANGE, type DocumentOperation } from "./operations/document-operations.ts";
import { HASH_ADD, HASH_DEADLINE, HASH_PUT, HASH_REMOVE, type HashOperation } from "./operations/hash-operations.ts";
import {
  DEADLINE,
  KEY_DELETE,
  KEY_KEEP,
  type DeadlinePut,
  type Flush,
  type KeyDelete,
  type KeyKeep,
} from "./operations/key-operations.ts";
import { OP, type OperationKind } from "./operations/operation-kind.ts";
import { LIMIT_ADD, LIMIT_PUT, LIMIT_REMOVE, type LimitOperation } from "./operations/limit-operations.ts";
import { LIST_PUT, LIST_REMOVE, type ListOperation } from "./operations/list-operations.ts";
import type { OperationSpec } from "./operations/operation-spec.ts";
import type { OriginsRetire } from "./operations/origin-operations.ts";
import { SET_ADD, SET_REMOVE, type SetOperation } from "./operations/set-operations.ts";
import {
  STREAM_ACK,
  STREAM_CONSUMER_PUT,
  STREAM_CONSUMER_REMOVE,
  STREAM_DELIVER,
  STREAM_GROUP_CREATE,
  STREAM_GROUP_DESTROY,
  STREAM_GROUP_SET,
} from "./operations/stream-group-operations.ts";
import {
  STREAM_ADD,
  STREAM_MARK,
  STREAM_REMOVE,
  STREAM_TRIM,
  type StreamOperation,
} from "./operations/stream-operations.ts";
import { SKETCH_RAISE, type SketchOperation } from "./operations/sketch-operations.ts";
import {
  SORTED_SET_ADD,
  SORTED_SET_PUT,
  SORTED_SET_REMOVE,
  type SortedSetOperation,
} from "./operations/sorted-set-operations.ts";
import { STRING_ADD, STRING_SET, type StringOperation } from "./operations/string-operations.ts";

/**
 * Effects: what a batch carries. Never commands: whatever was random, relative to time or dependent on state has been
 * decided at the origin. Each operation acts on what its batch's context has observed, and on nothing else.
 *
 * Each type of value has its operations in a file of its own; here they become one union and one table.
 */

/** Operations on the value of one type. */
export type ValueOperation =
  | StringOperation
  | HashOperation
  | SetOperation
  | ListOperation
  | StreamOperation
  | SortedSetOperation
  | KeyOwn
  | DocumentOperation
  | SketchOperation
  | LimitOperation;
/** Operations on a key, whatever it holds. */
export type KeyOnlyOperation = KeyDelete | KeyKeep | DeadlinePut | KeyEnd | UserRevoke;
/** Operations on one key. */
export type OneKeyOperation = ValueOperation | KeyOnlyOperation;
/** Operations on a whole database, on all, or on none of its keys. */
export type DatabaseOperation = Flush | FlushEnd | OriginsRetire;
export type Operation = OneKeyOperation | DatabaseOperation;

type Specs = { readonly [Kind in Exclude<OperationKind, DatabaseOperation["op"]>]: OperationSpec<OperationOf<Kind>> };
type OperationOf<Kind extends OperationKind> = Extract<OneKeyOperation, { readonly op: Kind }>;

const SPECS: Specs = {
  [OP.stringSet]: STRING_SET,
  [OP.stringAdd]: STRING_ADD,
  [OP.hashPut]: HASH_PUT,
  [OP.hashRemove]: HASH_REMOVE,
  [OP.hashAdd]: HASH_ADD,
  [OP.listPut]: LIST_PUT,
  [OP.listRemove]: LIST_REMOVE,
  [OP.keyDelete]: KEY_DELETE,
  [OP.keyKeep]: KEY_KEEP,
  [OP.deadline]: DEADLINE,
  [OP.setAdd]: SET_ADD,
  [OP.setRemove]: SET_REMOVE,
  [OP.hashDeadline]: HASH_DEADLINE,
  [OP.sketchRaise]: SKETCH_RAISE,
  [OP.keyEnd]: KEY_END,
  [OP.keyOwn]: KEY_OWN,
  [OP.userRevoke]: USER_REVOKE,
  [OP.documentChange]: DOCUMENT_CHANGE,
  [OP.limitPut]: LIMIT_PUT,
  [OP.limitAdd]: LIMIT_ADD,
  [OP.limitRemove]: LIMIT_REMOVE,
  [OP.streamAdd]: STREAM_ADD,
  [OP.streamRemove]: STREAM_REMOVE,
  [OP.streamTrim]: STREAM_TRIM,
  [OP.streamMark]: STREAM_MARK,
  [OP.streamGroupCreate]: STREAM_GROUP_CREATE,
  [OP.streamGroupSet]: STREAM_GROUP_SET,
  [OP.streamGroupDestroy]: STREAM_GROUP_DESTROY,
  [OP.streamConsumerPut]: STREAM_CONSUMER_PUT,
  [OP.streamConsumerRemove]: STREAM_CONSUMER_REMOVE,
  [OP.streamDeliver]: STREAM_DELIVER,
  [OP.streamAck]: STREAM_ACK,
  [OP.sortedSetPut]: SORTED_SET_PUT,
  [OP.sortedSetRemove]: SORTED_SET_REMOVE,
  [OP.sortedSetAdd]: SORTED_SET_ADD,
};

const BY_KIND: readonly (OperationSpec<OneKeyOperation> | undefined)[] = Array.from(
  { length: 128 },
  (_, kind) => (SPECS as unknown as Record<number, OperationSpec<OneKeyOperation>>)[kind],
);

/** A delete that also takes what is concurrent to it (rows R1–R6): a logout. */
export function isWinningDelete({ op }: Operation): boolean {
  return op === OP.keyEnd || op === OP.userRevoke || op === OP.flushEnd;
}

export function isDatabaseOperation(operation: Operation): operation is DatabaseOperation {
  // Asked of every operation on its way: one look at a table for three comparisons.
  return BY_KIND[operation.op] === undefined;
}

export function isValueOperation(operation: OneKeyOperation): operation is ValueOperation {
  return BY_KIND[operation.op]!.type !== null;
}

/** Undefined when this version knows no such kind of operation on one key. */
export function specOfKind(kind: number): OperationSpec<OneKeyOperation> | undefined {
  return BY_KIND[kind];
}

export function specOf(operation: OneKeyOperation): OperationSpec<OneKeyOperation> {
  return BY_KIND[operation.op]!;
}

/** About how many bytes an operation adds to its batch. */
export function operationBytes(operation: Operation): number {
  if (isDatabaseOperation(operation)) return databaseOperationBytes(operation);
  return 16 + operation.key.length + BY_KIND[operation.op]!.bytes(operation);
}

function databaseOperationBytes(operation: DatabaseOperation): number {
  if (operation.op === OP.originsRetire) return 2 + operation.origins.length * 64;
  return operation.op === OP.flush ? 2 : 2 + operation.rules.length * 64;
}
