import { BatchDecoder } from "../crdt/batch-decoder.ts";
import { LogDamagedError } from "../storage/log-port.ts";
import { decodeCheckpointHead, encodeMark } from "./checkpoint-head.ts";
import { Keyspace, type KeyspaceParts } from "./keyspace.ts";

/** Bytes of log applied between two looks at the event loop. */
const REPLAY_SLICE_BYTES = 4 * 1024 * 1024;

/**
 * A start: the last checkpoint says what the rows contain, and the same `apply` that serves clients and peers takes the log
 * from there. The time this takes grows with the log since the last checkpoint, not with the data.
 */
export async function openKeyspace(parts: Omit<KeyspaceParts, "head">): Promise<Keyspace> {
  const head = decodeCheckpointHead(parts.rows.head());
  const { log } = parts;
  if (log.lastLsn < head.lsn) {
    throw new LogDamagedError(
      `the log ends at position ${log.lastLsn}, but rows were written up to ${head.lsn}: log files are missing`,
    );
  }
  if (log.firstLsn > head.lsn + 1) {
    throw new LogDamagedError(
      `the log begins at position ${log.firstLsn}, but rows reach only ${head.lsn}: log files are missing`,
    );
  }
  const keyspace = new Keyspace({ ...parts, head });
  const decoder = new BatchDecoder(keyspace.state.origins);
  let next = head.lsn + 1;
  while (next <= log.durableLsn) {
    const records = await log.read(next, REPLAY_SLICE_BYTES);
    for (const record of records) {
      keyspace.appendedBytes += record.bytes.length;
      const batch = decoder.decode(decoder.open(record.bytes));
      keyspace.logIndex.beforeReplay(record.lsn, keyspace.state.applied);
      if (!keyspace.state.applied.covers(batch.origin, batch.sequence)) keyspace.apply(batch);
    }
    next = records.at(-1)!.lsn + 1;
  }
  keyspace.recovered();
  return keyspace;
}

/** What the log writes at the head of a new segment; give it to the log before the keyspace exists. */
export class SegmentMarks {
  #keyspace: Keyspace | null = null;

  attach(keyspace: Keyspace): void {
    this.#keyspace = keyspace;
  }

  /** The vector of everything appended before: what a reader who has it may skip. */
  readonly mark = (): Uint8Array => {
    const keyspace = this.#keyspace;
    return keyspace === null
      ? Buffer.alloc(0)
      : encodeMark(keyspace.appended, keyspace.state.origins, keyspace.clock.wallMs());
  };
}
