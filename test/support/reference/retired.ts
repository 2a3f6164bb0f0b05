import type { Batch } from "../../../src/crdt/batch.ts";
import { OP } from "../../../src/crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../src/crdt/origin.ts";

/** Takes note of what a batch says that vectors do not name any more; call for each, in causal order. */
export function retireIn(origins: OriginTable, batch: Batch): void {
  for (const operation of batch.operations) {
    if (operation.op !== OP.originsRetire) continue;
    for (const { id, floor } of operation.origins) {
      const origin = origins.intern(id);
      origins.retirements.add({ origin, floor, byOrigin: batch.origin, bySequence: batch.sequence });
    }
  }
}
