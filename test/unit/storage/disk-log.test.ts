import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { LogDamagedError, LogFailedError, LogTruncatedError } from "../../../src/storage/log-port.ts";
import type { DiskLog } from "../../../src/storage/log/disk-log.ts";
import { repairLog } from "../../../src/storage/log/repair-log.ts";
import { appendGroups, contents, LogWorld, segmentNames, untilDurable } from "./disk-log-harness.ts";

const world = new LogWorld();
afterAll(() => world.clean());

const numbered = (count: number, bytes = 100): string[] =>
  Array.from({ length: count }, (_, index) => `${index + 1}:`.padEnd(bytes, "x"));
const oneEach = (records: readonly string[]): string[][] => records.map((record) => [record]);
const texts = async (log: DiskLog): Promise<string[]> => (await contents(log)).map((bytes) => bytes.toString("latin1"));

describe("segments", () => {
  it("follow each other, each with the mark of the moment before its first record, also after a restart", async () => {
    const directory = world.directory();
    let log: DiskLog | null = null;
    const options = { segmentBytes: 4096, mark: () => Buffer.from(String(log?.lastLsn ?? 0)) };
    log = world.open(directory, options);
    const records = numbered(200);
    for (let at = 0; at < records.length; at += 5) await appendGroups(log, [records.slice(at, at + 5)]);
    const infos = log.segments();
    expect(infos.length).toBeGreaterThan(4);
    for (const { firstLsn, mark } of infos) expect(Number(mark.toString())).toBe(firstLsn - 1);
    const bytes = log.sizeBytes;
    await log.close();
    log = world.open(directory, options);
    expect(log.segments().map(({ firstLsn, lastLsn, mark }) => ({ firstLsn, lastLsn, mark }))).toEqual(
      infos.map(({ firstLsn, lastLsn, mark }) => ({ firstLsn, lastLsn, mark })),
    );
    expect(log.sizeBytes).toBeGreaterThanOrEqual(bytes);
    expect(await texts(log)).toEqual(records);
    await log.close();
  });

  it("are not harmed by the creation of the next, whenever that is interrupted", async () => {
    const directory = world.directory();
    const records = numbered(50);
    let log = world.open(directory, { segmentBytes: 2048 });
    await appendGroups(log, oneEach(records));
    await log.close();
    writeFileSync(join(directory, "0000000000000051.log.new"), Buffer.alloc(10, 7));
    log = world.open(directory, { segmentBytes: 2048 });
    await appendGroups(log, [["more"]]);
    expect(await texts(log)).toEqual([...records, "more"]);
    await log.close();
  });

  it("hold large records and large groups, in blocks allocated ahead of them", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 16 * 1024 * 1024 });
    const sizes = [10, 300_000, 70_000, 5_000_000, 0, 1, 262_144, 40_000, 9_000_000, 77];
    const records = sizes.map((size, index) => Buffer.alloc(size, index + 1));
    await appendGroups(log, [...records.map((record) => [record]), records]);
    const left = world.open(world.asKilled(directory));
    expect((await contents(left)).map((bytes) => [bytes.length, bytes[0]])).toEqual(
      [...records, ...records].map((bytes) => [bytes.length, bytes[0]]),
    );
    await left.close();
    await log.close();
  });

  it("give back at a stop what was allocated ahead", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 64 * 1024 * 1024 });
    for (let round = 0; round < 40; round++) await appendGroups(log, [["y".repeat(10_000)]]);
    const [name] = segmentNames(directory);
    await log.close();
    expect(statSync(join(directory, name!)).size).toBe(log.segments()[0]!.bytes);
  });

  it("can be dropped while somebody reads them: data or a clear refusal, never anything else", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 2048 });
    const records = numbered(300);
    await appendGroups(log, oneEach(records));
    const reads = Array.from({ length: 100 }, (_, index) =>
      log.read(index * 3 + 1, 500).then(
        (found) => found.every(({ lsn, bytes }) => bytes.toString() === records[lsn - 1]),
        (error: unknown) => error instanceof LogTruncatedError,
      ),
    );
    const drops = log.segments().map((segment) => log.truncate(segment.lastLsn));
    expect(await Promise.all(reads)).toEqual(reads.map(() => true));
    await Promise.all(drops);
    expect(log.segments()).toHaveLength(1);
    expect(segmentNames(directory)).toHaveLength(1);
    await log.close();
  });
});

describe("damage", () => {
  it("to a header stops the start, however small the file", async () => {
    const directory = world.directory();
    const log = world.open(directory);
    await appendGroups(log, [["a"]]);
    await log.close();
    const file = join(directory, segmentNames(directory)[0]!);
    const whole = readFileSync(file);
    for (let byte = 0; byte < 36; byte++) {
      const bytes = Buffer.from(whole);
      bytes[byte]! ^= 4;
      writeFileSync(file, bytes);
      expect(() => world.open(directory), `byte ${byte}`).toThrow(LogDamagedError);
    }
  });

  it("a segment that is missing in the row stops the start", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 2048 });
    await appendGroups(log, oneEach(numbered(100)));
    await log.close();
    rmSync(join(directory, segmentNames(directory)[2]!));
    expect(() => world.open(directory)).toThrow(/the segment before it, which begins at position [0-9]+, is missing/u);
  });

  it("in an older segment is found by who reads it, who is told the file, the byte and the position", async () => {
    const directory = world.directory();
    let log = world.open(directory, { segmentBytes: 2048 });
    const records = numbered(100);
    await appendGroups(log, oneEach(records));
    await log.close();
    const file = join(directory, segmentNames(directory)[1]!);
    const bytes = readFileSync(file);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(file, bytes);
    log = world.open(directory, { segmentBytes: 2048 });
    expect((await log.read(1, 100)).map((record) => record.bytes.toString())).toEqual([records[0]]);
    const last = log.segments()[1]!.lastLsn;
    await expect(log.read(last, 100)).rejects.toThrow(LogDamagedError);
    await expect(log.read(last, 100)).rejects.toThrow(
      new RegExp(`${file} is damaged at byte [0-9]+, position ${last}`, "u"),
    );
    await log.close();
  });

  it("of the last group is noticed too when the stop was orderly", async () => {
    const directory = world.directory();
    const log = world.open(directory);
    await appendGroups(log, [["a"], ["b"]]);
    const end = log.segments()[0]!.bytes;
    await log.close();
    const file = join(directory, segmentNames(directory)[0]!);
    const bytes = readFileSync(file);
    bytes[end - 1]! ^= 1;
    writeFileSync(file, bytes);
    expect(() => world.open(directory)).toThrow(LogDamagedError);
  });

  it("anywhere, one bit at a time, never yields other records than those appended, nor a gap", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 1500 });
    const random = seededRandom(3);
    const records = numbered(60).map((text) => text.slice(0, 3 + random.below(90)));
    for (let at = 0; at < records.length; at += 4) await appendGroups(log, [records.slice(at, at + 4)]);
    const killed = world.asKilled(directory);
    await log.close();
    const names = segmentNames(killed);
    for (let round = 0; round < 300; round++) {
      const file = join(killed, names[random.below(names.length)]!);
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      writeFileSync(file, bytes);
      try {
        const damagedLog = world.open(world.asKilled(killed), { segmentBytes: 1500 });
        const found = await texts(damagedLog);
        await damagedLog.close();
        // Only the last group may be taken for one that was never acknowledged.
        expect(found.length).toBeGreaterThanOrEqual(56);
        expect(found).toEqual(records.slice(0, found.length));
      } catch (error) {
        expect(error).toBeInstanceOf(LogDamagedError);
      }
      writeFileSync(file, whole);
    }
  });
});

describe("a power cut", () => {
  it.each(["everysec", "no"] as const)(
    "in mode %s may leave a hole before later groups: a torn tail, for nothing there was synced",
    async (mode) => {
      const directory = world.directory();
      const log = world.open(directory, { mode });
      await appendGroups(log, [["a"], ["b"], ["c"]]);
      const killed = world.asKilled(directory);
      const file = join(killed, segmentNames(killed)[0]!);
      const bytes = readFileSync(file);
      const at = bytes.indexOf(Buffer.from([1, 0, 0, 0, 98]));
      bytes.fill(0, at - 36, at + 5);
      writeFileSync(file, bytes);
      const left = world.open(killed, { mode });
      expect(await texts(left)).toEqual(["a"]);
      expect(left.append(Buffer.from("x"))).toBe(2);
      await untilDurable(left, 2);
      await left.close();
      await log.close();
      const again = world.open(killed, { mode });
      expect(await texts(again)).toEqual(["a", "x"]);
      await again.close();
    },
  );

  it("is not mistaken because a client stored the bytes of a log", async () => {
    const directory = world.directory();
    const log = world.open(directory);
    await appendGroups(log, [["a"], ["b"], ["c"]]);
    const file = join(directory, segmentNames(directory)[0]!);
    const end = log.segments()[0]!.bytes;
    const stored = readFileSync(file).subarray(0, end);
    await appendGroups(log, [[stored]]);
    const killed = world.asKilled(directory);
    await log.close();
    const copy = join(killed, segmentNames(killed)[0]!);
    const torn = readFileSync(copy);
    torn.fill(0, end, end + 20);
    writeFileSync(copy, torn);
    const left = world.open(killed);
    expect(await texts(left)).toEqual(["a", "b", "c"]);
    await left.close();
  });
});

describe("a failure", () => {
  it("is told once; what waits never becomes durable; the log can be opened again at once", async () => {
    const directory = world.directory();
    let writes = 0;
    const log = world.open(directory, {
      beforeWrite: () => (++writes > 3 ? new Error("EIO: i/o error, write") : null),
    });
    const failures: Error[] = [];
    let failed = (): void => {};
    const failure = new Promise<void>((resolve) => {
      failed = resolve;
    });
    log.onFailure((error) => {
      failures.push(error);
      failed();
    });
    await appendGroups(log, [["a"], ["b"], ["c"]]);
    log.append(Buffer.from("d"));
    log.append(Buffer.from("e"));
    await failure;
    expect(log.durableLsn).toBe(3);
    expect(() => log.append(Buffer.from("f"))).toThrow(LogFailedError);
    expect((await log.read(3, 10)).map(({ bytes }) => bytes.toString())).toEqual(["c"]);
    expect(await log.read(4, 10)).toEqual([]);
    await log.close();
    expect(failures).toHaveLength(1);
    const again = world.open(directory);
    expect(await texts(again)).toEqual(["a", "b", "c"]);
    await again.close();
  });
});

describe("repair", () => {
  async function broken(lsn: number): Promise<{ directory: string; records: string[] }> {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 1500 });
    const records = numbered(90);
    for (let at = 0; at < records.length; at += 3) await appendGroups(log, [records.slice(at, at + 3)]);
    await log.close();
    for (const name of segmentNames(directory)) {
      const bytes = readFileSync(join(directory, name));
      const at = bytes.indexOf(`${lsn}:x`);
      if (at < 0) continue;
      bytes[at]! ^= 1;
      writeFileSync(join(directory, name), bytes);
    }
    return { directory, records };
  }

  it("changes nothing about a whole log", async () => {
    const directory = world.directory();
    const log = world.open(directory, { segmentBytes: 1500 });
    await appendGroups(log, oneEach(numbered(40)));
    const killed = world.asKilled(directory);
    await log.close();
    expect(repairLog(directory)).toEqual([]);
    expect(repairLog(killed)).toEqual([]);
  });

  it("cuts at the damage and keeps every byte aside", async () => {
    const { directory, records } = await broken(50);
    const before = new Map(
      segmentNames(directory).map((name) => [join(directory, name), readFileSync(join(directory, name))]),
    );
    const repaired = repairLog(directory);
    expect(repaired.length).toBeGreaterThan(1);
    for (const { path, setAside, keptUpTo } of repaired) {
      expect(keptUpTo).toBe(48);
      expect(readFileSync(setAside).equals(before.get(path)!)).toBe(true);
    }
    const log = world.open(directory, { segmentBytes: 1500 });
    expect(await texts(log)).toEqual(records.slice(0, 48));
    await appendGroups(log, [["next"]]);
    expect(log.lastLsn).toBe(49);
    await log.close();
    expect(repairLog(directory)).toEqual([]);
  });

  it("keeps what follows the rows when they contain the damaged positions", async () => {
    const { directory, records } = await broken(20);
    const mark = Buffer.from("what the rows contain");
    repairLog(directory, { lsn: 31, mark });
    const log = world.open(directory, { segmentBytes: 1500 });
    expect([log.firstLsn, log.lastLsn]).toEqual([32, 90]);
    expect(log.segments()[0]!.mark).toEqual(mark);
    expect(await texts(log)).toEqual(records.slice(31));
    await appendGroups(log, [["next"]]);
    await log.close();
    const again = world.open(directory, { segmentBytes: 1500 });
    expect(again.lastLsn).toBe(91);
    await again.close();
  });

  it("never gives a position twice: a log that lost its end goes on behind the rows", async () => {
    const { directory } = await broken(80);
    repairLog(directory, { lsn: 200, mark: Buffer.alloc(0) });
    const log = world.open(directory);
    expect([log.firstLsn, log.lastLsn]).toEqual([201, 200]);
    await appendGroups(log, [["next"]]);
    expect(log.lastLsn).toBe(201);
    await log.close();
  });

  it("sets aside a segment whose header is gone, and what does not connect", async () => {
    const { directory, records } = await broken(1000);
    const [, second] = segmentNames(directory);
    const file = join(directory, second!);
    copyFileSync(file, `${file}.kept`);
    const bytes = readFileSync(file);
    bytes.fill(0, 0, 36);
    writeFileSync(file, bytes);
    repairLog(directory);
    const log = world.open(directory);
    const found = await texts(log);
    expect(found).toEqual(records.slice(0, found.length));
    expect(found.length).toBeGreaterThan(0);
    await log.close();
  });
});
