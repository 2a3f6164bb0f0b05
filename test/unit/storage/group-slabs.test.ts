import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import type { LogRecord } from "../../../src/storage/log-port.ts";
import { GroupMaker, type Group } from "../../../src/storage/log/group.ts";
import { SLAB_BYTES, type GroupSlab } from "../../../src/storage/log/group-slab.ts";
import { Segment } from "../../../src/storage/log/segment.ts";
import { appendGroups, contents, LogWorld } from "./disk-log-harness.ts";

const segment = new Segment("nowhere", { firstLsn: 1, previousFirstLsn: 0, salt: 0, mark: Buffer.alloc(0) }, 0, 0, 0);

/** Makes groups of one record each, `show`n or not, and releases each `kept` groups later. */
function slabsOfGroups(count: number, recordBytes: number, kept: number, show: boolean): GroupSlab[] {
  const maker = new GroupMaker();
  const live: Group[] = [];
  const slabs: GroupSlab[] = [];
  for (let lsn = 1; lsn <= count; lsn++) {
    const group = maker.begin(segment, lsn, 0);
    group.add(Buffer.alloc(recordBytes, lsn));
    maker.end(group);
    if (show) group.record(lsn);
    slabs.push(group.slab);
    live.push(group);
    if (live.length > kept) live.shift()!.release();
    // What is kept was not written over.
    for (const one of live) expect(one.bytes().at(-1)).toBe(one.firstLsn & 0xff);
  }
  return slabs;
}

describe("memory of the log's groups", () => {
  it("is used again once no group in it is needed", () => {
    expect(new Set(slabsOfGroups(200, SLAB_BYTES / 4, 4, false)).size).toBeLessThanOrEqual(4);
  });

  it("is not used again when somebody was shown what is in it", () => {
    expect(new Set(slabsOfGroups(200, SLAB_BYTES / 4, 4, true)).size).toBeGreaterThanOrEqual(60);
  });

  it("is not used again while a group in it is kept", () => {
    expect(new Set(slabsOfGroups(200, SLAB_BYTES / 4, 200, false)).size).toBeGreaterThanOrEqual(60);
  });

  it("is of its own for a group that outgrows a slab, and let go with it", () => {
    const slabs = slabsOfGroups(20, SLAB_BYTES * 2, 0, false);
    expect(new Set(slabs).size).toBe(20);
    for (const slab of slabs) expect(slab.bytes.length).toBeGreaterThan(SLAB_BYTES * 2);
  });
});

describe("a log that uses its memory again", () => {
  const world = new LogWorld();
  afterAll(() => world.clean());

  it("never changes what a reader was given, nor what is on the disk", async () => {
    const random = seededRandom(5);
    const directory = world.directory();
    const log = world.open(directory, { recentBytesMax: SLAB_BYTES, segmentBytes: 4 * SLAB_BYTES });
    const appended: Buffer[] = [];
    const held: LogRecord[] = [];
    for (let round = 0; round < 60; round++) {
      const records = Array.from({ length: 1 + random.below(20) }, () =>
        Buffer.alloc(1 + random.below(60_000), random.below(256)),
      );
      await appendGroups(log, [records]);
      appended.push(...records);
      if (random.below(3) === 0) held.push(...(await log.read(log.lastLsn, 1)));
    }
    const sum = appended.reduce((bytes, record) => bytes + record.length, 0);
    expect(sum).toBeGreaterThan(8 * SLAB_BYTES);
    for (const { lsn, bytes } of held) expect(bytes.equals(appended[lsn - 1]!)).toBe(true);
    await log.close();
    const again = world.open(directory);
    const all = await contents(again);
    expect(all).toHaveLength(appended.length);
    for (const [index, record] of all.entries()) expect(record.equals(appended[index]!)).toBe(true);
    await again.close();
  });
});
