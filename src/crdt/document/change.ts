import type { OpId } from "./op-id.ts";
import type { StoredValue } from "./stored-value.ts";

/**
 * A change of a document, as batches carry it: Automerge operations without what our batches say already. Automerge's own changes
 * name their predecessors by hash and what they overwrite by operation; ours leave both out, because the batch's context
 * decides: a write replaces what it observed. So nothing ever waits for a change that is gone, and regions may forget
 * overwritten operations at different moments (see `rebuild.ts`).
 *
 * Operation number `index` of a change is named `startOp + index` by the writer. Names of the writer's own operations leave
 * the actor out here (`12@`): it follows from the batch's origin and `epoch`.
 */
export interface DocumentChange {
  /** Which of its origin's actors wrote it. */
  readonly epoch: number;
  /** Above every counter its writer had seen in this document. */
  readonly startOp: number;
  readonly ops: readonly DocumentOp[];
}

export interface DocumentOp {
  /** The map or list it acts on. */
  readonly object: OpId;
  readonly inList: boolean;
  /** In a list: adds an element after the one named by `at`. */
  readonly insert: boolean;
  /** A key of a map; an element of a list. */
  readonly at: string;
  /** Null removes what was observed. An increment goes beside what is there; anything else replaces what was observed. */
  readonly value: StoredValue | null;
  /** Of a key that was there before: the operation whose place among the keys it keeps. */
  readonly anchor: OpId | null;
}

/** Names an operation of the writer's own. */
export function ownOp(counter: number): OpId {
  return `${counter}@`;
}

/** The name with its actor. */
export function resolveOp(id: OpId, actor: string): OpId {
  return id.endsWith("@") ? id + actor : id;
}

/** Operations one change may carry. */
export const CHANGE_OPS_MAX = 4_000_000;
