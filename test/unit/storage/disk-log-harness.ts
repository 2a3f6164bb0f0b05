import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { DiskLog, DiskLogOptions } from "../../../src/storage/log/disk-log.ts";
import { openLog } from "../../../src/storage/log/open-log.ts";

/** Directories for logs, and what a killed process leaves of them. */
export class LogWorld {
  readonly root = mkdtempSync(join(tmpdir(), "antipode-logs-"));
  #made = 0;

  directory(): string {
    return join(this.root, `log-${++this.#made}`);
  }

  open(directory: string, options: Partial<DiskLogOptions> = {}): DiskLog {
    return openLog(
      {
        directory,
        mode: "always",
        segmentBytes: 1024 * 1024,
        recentBytesMax: 0,
        mark: () => Buffer.alloc(0),
        clock: systemClock(),
        ...options,
      },
      silentLogger,
    );
  }

  /** The files as they are at this moment: what kill -9 would leave. */
  asKilled(directory: string): string {
    const copy = this.directory();
    cpSync(directory, copy, { recursive: true });
    return copy;
  }

  clean(): void {
    rmSync(this.root, { recursive: true });
  }
}

export function untilDurable(log: DiskLog, lsn: number): Promise<void> {
  return new Promise((resolve) => {
    if (log.durableLsn >= lsn) resolve();
    else log.onDurable((durable) => durable >= lsn && resolve());
  });
}

/** Appends records as one group each, or as given, and waits for each group. */
export async function appendGroups(log: DiskLog, groups: readonly (readonly (string | Buffer)[])[]): Promise<void> {
  for (const group of groups) {
    for (const record of group) log.append(Buffer.from(record));
    await untilDurable(log, log.lastLsn);
  }
}

/** Every record kept, read as a peer would. */
export async function contents(log: DiskLog): Promise<Buffer[]> {
  const out: Buffer[] = [];
  for (let next = log.firstLsn; next <= log.durableLsn;) {
    for (const record of await log.read(next, 1000)) {
      if (record.lsn !== next++) throw new Error(`position ${record.lsn} where ${next - 1} was due`);
      out.push(record.bytes);
    }
  }
  return out;
}

export function segmentNames(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".log"))
    .toSorted();
}
