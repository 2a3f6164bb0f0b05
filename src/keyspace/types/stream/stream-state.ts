import type { Context } from "../../../crdt/context.ts";
import type { Register } from "../../../crdt/register.ts";
import type { StreamId } from "../../../crdt/stream-id.ts";
import type { IdMap } from "./id-map.ts";
import type { StreamGroup } from "./stream-group.ts";
import type { StreamMarks } from "./stream-marks.ts";

/** A stream as those see it who apply operations to it, write it down, or show it. */
export interface StreamState {
  readonly entries: IdMap<Register>;
  readonly marks: StreamMarks;
  readonly groups: Map<string, StreamGroup>;
  readonly lastId: StreamId;
  maxDeletedId: StreamId;
  /** True when there can be no entry that `context` does not cover. */
  isWhollyObservedBy(context: Context): boolean;
  restoreEntry(id: StreamId, register: Register): void;
}
