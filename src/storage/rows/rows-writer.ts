import type { Checkpoint } from "../rows-port.ts";

/** Who writes checkpoints into a store that somebody reads. */
export interface RowsWriter {
  /** As `Rows.commit`. */
  commit(checkpoint: Checkpoint): Promise<void>;
  /** Nothing is being committed. */
  close(): Promise<void>;
}
