import type { BinaryString } from "../../../base/bytes.ts";
import type { RegisterRank } from "../../../crdt/sketch/hyper-log-log.ts";

/** HyperLogLogs in a transaction. To clients they are strings (`strings.get` answers their bytes), and strings can become them. */
export interface SketchTransaction {
  /** The registers; null when the key is absent; "other" for a string that is no sketch; "damaged" for one that once was. */
  get(key: BinaryString): Uint8Array | null | "other" | "damaged";
  /**
   * Raises registers: those that are lower. Creates the key, also when there is nothing to raise. A string that holds a sketch
   * becomes one. True when the key was created or a register was raised.
   */
  raise(key: BinaryString, ranks: readonly RegisterRank[]): boolean;
}
