import type { LogRecord } from "../log-port.ts";
import type { Group } from "./group.ts";

/**
 * The newest durable groups in memory, for readers that are nearly caught up: bounded in bytes. These are the very bytes that
 * were written; records are views on them, which stay as they are whatever happens to the group. Before a start's first group there is nothing here.
 */
export class RecentGroups {
  readonly #bytesMax: number;
  /** Null: dropped. */
  #groups: (Group | null)[] = [];
  /** Groups before this index are; the array is cut now and then. */
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** A group that is durable. The oldest are released for it. */
  add(group: Group): void {
    this.#groups.push(group);
    this.#bytes += group.length;
    while (this.#bytes > this.#bytesMax && this.#head < this.#groups.length) {
      const dropped = this.#groups[this.#head]!;
      this.#groups[this.#head++] = null;
      this.#bytes -= dropped.length;
      dropped.release();
    }
    if (this.#head > 64 && this.#head * 2 > this.#groups.length) {
      this.#groups = this.#groups.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Null when `fromLsn` is not here. */
  read(fromLsn: number, upToLsn: number, maxBytes: number): readonly LogRecord[] | null {
    let index = this.#find(fromLsn);
    if (index === null) return null;
    const out: LogRecord[] = [];
    let bytes = 0;
    for (let lsn = fromLsn; lsn <= upToLsn && (bytes < maxBytes || out.length === 0); lsn++) {
      if (lsn > this.#groups[index]!.lastLsn) index++;
      const record = this.#groups[index]!.record(lsn);
      out.push({ lsn, bytes: record });
      bytes += record.length;
    }
    return out;
  }

  #find(lsn: number): number | null {
    let low = this.#head;
    let high = this.#groups.length - 1;
    if (low > high || lsn < this.#groups[low]!.firstLsn || lsn > this.#groups[high]!.lastLsn) return null;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#groups[middle]!.firstLsn <= lsn) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
