import type { Checkpoint } from "../rows-port.ts";

/** Who writes checkpoints into a store that somebody reads. */
export interface RowsWriter {
  /** As `Rows.commit`. */
  commit(checkpoint: Checkpoint): Promise<void>;
  /** After the checkpoint that is being written. */
  close(): Promise<void>;
}
