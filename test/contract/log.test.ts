import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { LogTruncatedError, type Log } from "../../src/storage/log-port.ts";
import { MemoryLog } from "../../src/storage/log/memory-log.ts";
import { openLog } from "../../src/storage/log/open-log.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function diskLog(): Log {
  const directory = mkdtempSync(join(tmpdir(), "antipode-log-"));
  directories.push(directory);
  return openLog(
    {
      directory,
      mode: "always",
      segmentBytes: 4096,
      recentBytesMax: 2000,
      mark: () => Buffer.from("mark"),
      clock: systemClock(),
    },
    silentLogger,
  );
}

function memoryLog(): Log {
  const log: MemoryLog = new MemoryLog({
    mark: () => Buffer.from("mark"),
    segmentRecords: 10,
    onAppend: () => queueMicrotask(() => log.sync()),
  });
  return log;
}

const untilDurable = (log: Log, lsn: number): Promise<void> =>
  new Promise((resolve) => {
    if (log.durableLsn >= lsn) resolve();
    else log.onDurable((durable) => durable >= lsn && resolve());
  });

for (const [name, create] of [
  ["on disk", diskLog],
  ["in memory", memoryLog],
] as const) {
  describe(`the log ${name}`, () => {
    it("numbers records from 1 and makes them durable in order", async () => {
      const log = create();
      expect([log.lastLsn, log.durableLsn, log.firstLsn]).toEqual([0, 0, 1]);
      expect([1, 2, 3].map((value) => log.append(Buffer.of(value)))).toEqual([1, 2, 3]);
      await untilDurable(log, 3);
      expect(await log.read(1, 1000)).toEqual([1, 2, 3].map((lsn) => ({ lsn, bytes: Buffer.of(lsn) })));
      await log.close();
    });

    it("takes bytes that change afterwards", async () => {
      const log = create();
      const bytes = Buffer.of(7);
      log.append(bytes);
      bytes[0] = 9;
      await untilDurable(log, 1);
      expect((await log.read(1, 10))[0]!.bytes[0]).toBe(7);
      await log.close();
    });

    it("reads across segments, from anywhere, at least one record and about as much as asked for", async () => {
      const log = create();
      for (let index = 1; index <= 200; index++) {
        log.append(Buffer.alloc(100, index));
        if (index % 7 === 0) await untilDurable(log, index);
      }
      await untilDurable(log, 200);
      expect(log.segments().length).toBeGreaterThan(2);
      const seen: number[] = [];
      for (let next = 1; next <= 200; next = seen.at(-1)! + 1) {
        const records = await log.read(next, 350);
        expect(records.length).toBeGreaterThan(0);
        expect(records.length).toBeLessThanOrEqual(4);
        for (const record of records) {
          expect(record.bytes).toEqual(Buffer.alloc(100, record.lsn));
          seen.push(record.lsn);
        }
      }
      expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      expect(await log.read(201, 100)).toEqual([]);
      await log.close();
    });

    it("drops whole segments and says so to who comes too late", async () => {
      const log = create();
      for (let index = 1; index <= 200; index++) {
        log.append(Buffer.alloc(100, index));
        if (index % 7 === 0) await untilDurable(log, index);
      }
      await untilDurable(log, 200);
      const [first, second] = log.segments();
      await log.truncate(second!.firstLsn - 1);
      expect(log.firstLsn).toBe(first!.lastLsn + 1);
      await expect(log.read(1, 100)).rejects.toThrow(LogTruncatedError);
      expect((await log.read(log.firstLsn, 100))[0]!.lsn).toBe(log.firstLsn);
      await log.truncate(10_000);
      expect(log.segments()).toHaveLength(1);
      await log.close();
    });
  });
}
