import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { LogDamagedError, LogFailedError } from "../../../src/storage/log-port.ts";
import type { DiskLog } from "../../../src/storage/log/disk-log.ts";
import { openLog } from "../../../src/storage/log/open-log.ts";
import { repairLog } from "../../../src/storage/log/repair-log.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "antipode-recovery-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (at = directory, beforeWrite?: (bytes: number) => Error | null): DiskLog =>
  openLog(
    {
      directory: at,
      mode: "always",
      segmentBytes: 1024 * 1024,
      recentBytesMax: 0,
      mark: () => Buffer.from("mark"),
      clock: systemClock(),
      ...(beforeWrite === undefined ? {} : { beforeWrite }),
    },
    silentLogger,
  );

const untilDurable = (log: DiskLog, lsn: number): Promise<void> =>
  new Promise((resolve) => {
    if (log.durableLsn >= lsn) resolve();
    else log.onDurable((durable) => durable >= lsn && resolve());
  });

/** Writes groups of records and is killed; answers the file and where each group ends. */
async function writeGroups(groups: readonly (readonly string[])[]): Promise<{ file: string; ends: number[] }> {
  const log = open();
  const ends: number[] = [];
  for (const group of groups) {
    for (const record of group) log.append(Buffer.from(record));
    await untilDurable(log, log.lastLsn);
    ends.push(log.segments().at(-1)!.bytes);
  }
  const [name] = readdirSync(directory).filter((one) => one.endsWith(".log"));
  const file = join(directory, name!);
  const asKilled = readFileSync(file);
  await log.close();
  writeFileSync(file, asKilled);
  return { file, ends };
}

async function contents(at = directory): Promise<string[]> {
  const log = open(at);
  const records = log.lastLsn === 0 ? [] : await log.read(log.firstLsn, 1e9);
  await log.close();
  return records.map(({ bytes }) => bytes.toString());
}

describe("recovery of the log", () => {
  it("cuts a torn tail at the last whole group, whatever byte the crash stopped at", async () => {
    const { file, ends } = await writeGroups([["a", "b"], ["c"], ["dd", "ee", "ff"]]);
    const whole = readFileSync(file);
    for (let cut = ends[1]!; cut < ends[2]!; cut++) {
      const torn = Buffer.alloc(ends[2]! + 100);
      whole.copy(torn, 0, 0, cut);
      writeFileSync(file, torn);
      expect(await contents(), `cut at ${cut}`).toEqual(["a", "b", "c"]);
    }
  });

  it("a last group of which only later sectors reached the disk is a torn tail too", async () => {
    const { file, ends } = await writeGroups([["a"], ["b".repeat(3000)]]);
    const bytes = readFileSync(file);
    bytes.fill(0, ends[0], ends[0]! + 512);
    writeFileSync(file, bytes);
    expect(await contents()).toEqual(["a"]);
  });

  it("appends after a cut as if nothing had been there", async () => {
    const { file, ends } = await writeGroups([["a"], ["bbbbbbbbbbbbbbbbbbbbbbbbbbbb"]]);
    const bytes = readFileSync(file);
    bytes[ends[0]! + 40]! ^= 1;
    writeFileSync(file, bytes);
    const log = open();
    expect(log.append(Buffer.from("x"))).toBe(2);
    await untilDurable(log, 2);
    await log.close();
    expect(await contents()).toEqual(["a", "x"]);
  });

  it("stops at damage in the middle and names the way out", async () => {
    const { file, ends } = await writeGroups([["a"], ["b"], ["c"]]);
    const random = seededRandom(7);
    const whole = readFileSync(file);
    for (let round = 0; round < 50; round++) {
      const bytes = Buffer.from(whole);
      bytes[ends[0]! + random.below(ends[1]! - ends[0]!)]! ^= 1 << random.below(8);
      writeFileSync(file, bytes);
      expect(() => open()).toThrow(LogDamagedError);
    }
    expect(() => open()).toThrow(/antipode admin repair/u);
    const copy = `${directory}-copy`;
    cpSync(directory, copy, { recursive: true });
    const repaired = repairLog(copy);
    expect(repaired).toMatchObject([{ keptUpTo: 1 }]);
    expect(readFileSync(repaired[0]!.setAside)).toEqual(readFileSync(file));
    expect(await contents(copy)).toEqual(["a"]);
    rmSync(copy, { recursive: true });
  });

  it("after a failed write nothing is acknowledged any more, and what was durable is found again", async () => {
    let failing = false;
    const log = open(directory, () => (failing ? new Error("ENOSPC: no space left on device") : null));
    log.append(Buffer.from("a"));
    await untilDurable(log, 1);
    failing = true;
    const failed = new Promise<Error>((resolve) => log.onFailure(resolve));
    log.append(Buffer.from("b"));
    expect((await failed).message).toContain("ENOSPC");
    expect(log.durableLsn).toBe(1);
    expect(() => log.append(Buffer.from("c"))).toThrow(LogFailedError);
    await log.close();
    expect(await contents()).toEqual(["a"]);
  });
});
