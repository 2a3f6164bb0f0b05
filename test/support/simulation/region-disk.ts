import type { SurvivingLog } from "../../../src/storage/log/memory-log.ts";
import { RowChanges } from "../../../src/storage/row-changes.ts";
import type { Checkpoint, Row, Rows, RowsSnapshot } from "../../../src/storage/rows-port.ts";
import { InstantRows } from "../instant-storage.ts";

/** What a machine's disk holds between two processes. */
export interface RegionDisk {
  readonly log: SurvivingLog;
  readonly rows: InstantRows;
  /** Starts that the directory remembers. */
  readonly starts: number;
}

export function emptyDisk(): RegionDisk {
  return { log: { firstLsn: 1, records: [], marks: [] }, rows: new InstantRows(), starts: 0 };
}

/** Rows whose checkpoints reach the disk when it is told so: a crash before loses them whole, as LMDB does. */
export class LateRows implements Rows {
  readonly stored: InstantRows;
  #waiting: { readonly checkpoint: Checkpoint; readonly done: (error?: Error) => void } | null = null;

  constructor(stored: InstantRows) {
    this.stored = stored;
  }

  /** The disk catches up, or refuses what is on its way, whole. */
  sync(isRefusing: boolean): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    if (!isRefusing) void this.stored.commit(waiting.checkpoint);
    waiting.done(isRefusing ? new Error("the disk refused") : undefined);
  }

  commit({ head, clear, changes }: Checkpoint): Promise<void> {
    const taken = RowChanges.of(changes);
    changes.take();
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.#waiting = { checkpoint: { head, clear, changes: taken }, done };
    });
  }

  head(): Buffer | null {
    return this.stored.head();
  }
  get(key: Buffer): Buffer | null {
    return this.stored.get(key);
  }
  range(start: Buffer, end: Buffer): Iterable<Row> {
    return this.stored.range(start, end);
  }
  snapshot(): RowsSnapshot {
    return this.stored.snapshot();
  }
  sizeBytes(): number {
    return 0;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
