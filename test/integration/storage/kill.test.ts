import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { takeDirectory } from "../../../src/storage/directory.ts";
import { openLog } from "../../../src/storage/log/open-log.ts";
import { LmdbRows } from "../../../src/storage/rows/lmdb-rows.ts";
import { Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  scratch.clean();
});

const built = (path: string): string => JSON.stringify(new URL(`../../../dist/src/${path}`, import.meta.url).href);

/** Runs a module in a process of its own; its lines come as they are printed. */
function run(
  source: string,
  ...args: readonly string[]
): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** Reads lines until one is right, kills the process without warning, and answers the last line that it had printed. */
async function killAfter(started: ReturnType<typeof run>, enough: (line: string) => boolean): Promise<string> {
  let last = "";
  const exited = once(started.child, "exit");
  for await (const line of started.lines) {
    last = line;
    if (enough(line)) started.child.kill("SIGKILL");
  }
  await exited;
  return last;
}

/** Appends groups of 1 to 20 records of 1 to 3,000 bytes without end, each telling its position; prints what is durable. */
const APPENDER = `
  const { openLog } = await import(${built("storage/log/open-log.js")});
  const { systemClock } = await import(${built("base/clock.js")});
  const { silentLogger } = await import(${built("base/logger.js")});
  const { writeSync } = await import("node:fs");
  const log = openLog({ directory: process.argv[1], mode: "always", segmentBytes: 1 << 20, recentBytesMax: 1 << 20,
    mark: () => Buffer.alloc(0), clock: systemClock() }, silentLogger);
  log.onDurable((lsn) => { writeSync(1, lsn + "\\n"); burst(); });
  function burst() {
    for (let left = 1 + Math.random() * 20; left > 0; left--) {
      const record = Buffer.alloc(8 + Math.random() * 3000, log.lastLsn + 1 & 255);
      record.writeDoubleLE(log.lastLsn + 1, 0);
      log.append(record);
    }
  }
  burst();
`;

/** Commits checkpoints without end, each writing every row anew; prints which are durable. */
const COMMITTER = `
  const { LmdbRows } = await import(${built("storage/rows/lmdb-rows.js")});
  const { RowChanges } = await import(${built("storage/row-changes.js")});
  const { writeSync } = await import("node:fs");
  const rows = LmdbRows.open(process.argv[1], process.argv[2] === undefined ? null : new URL(process.argv[2]));
  for (let round = Number(rows.head()?.toString() ?? 0) + 1; ; round++) {
    const changes = new RowChanges();
    for (let index = 0; index < 20000; index++) {
      const key = Buffer.alloc(5, 1);
      key.writeUInt32BE(Math.imul(index, 0x9e3779b1) >>> 0, 1);
      changes.add(key, Buffer.from(String(round).padEnd(100)));
    }
    await rows.commit({ head: Buffer.from(String(round)), clear: round % 3 === 0, changes });
    writeSync(1, round + "\\n");
  }
`;

/** Exits so many milliseconds after it began to write a large checkpoint: before, while and after it is handed over. */
const EXITER = `
  const { LmdbRows } = await import(${built("storage/rows/lmdb-rows.js")});
  const { RowChanges } = await import(${built("storage/row-changes.js")});
  const rows = LmdbRows.open(process.argv[1], new URL(process.argv[2]));
  const changes = new RowChanges();
  for (let index = 0; index < 200000; index++) {
    const key = Buffer.alloc(5, 1);
    key.writeUInt32BE(Math.imul(index, 0x9e3779b1) >>> 0, 1);
    changes.add(key, Buffer.alloc(200, index & 255));
  }
  rows.commit({ head: Buffer.from("h"), clear: false, changes }).catch(() => {});
  setTimeout(() => process.exit(7), Number(process.argv[3]));
`;
const ROWS_THREAD = new URL("../../../dist/src/storage/rows/rows-thread-main.js", import.meta.url).href;

describe("kill -9", () => {
  it("loses no record that the log said is durable, six times in a row on one directory", async () => {
    const directory = scratch.directory();
    const random = seededRandom(5);
    let acknowledged = 0;
    for (let round = 0; round < 6; round++) {
      const until = acknowledged + 200 + random.below(3000);
      acknowledged = Number(await killAfter(run(APPENDER, directory), (line) => Number(line) >= until));
      const log = openLog(
        {
          directory,
          mode: "always",
          segmentBytes: 1 << 20,
          recentBytesMax: 0,
          mark: () => Buffer.alloc(0),
          clock: systemClock(),
        },
        silentLogger,
      );
      expect(log.lastLsn).toBeGreaterThanOrEqual(acknowledged);
      for (let next = 1; next <= log.lastLsn;) {
        for (const { lsn, bytes } of await log.read(next, 1 << 20)) {
          expect(lsn).toBe(next++);
          expect(bytes.readDoubleLE(0)).toBe(lsn);
          expect(bytes.length === 8 || bytes.at(-1) === (lsn & 255)).toBe(true);
        }
      }
      // In half of the rounds the next process finds the log as the kill left it.
      if (round % 2 === 0) await log.close();
      acknowledged = log.lastLsn;
    }
  });

  it.each([
    ["", []],
    [", written by a thread of their own", [ROWS_THREAD]],
  ])("leaves rows of one checkpoint only, the last that was durable or a later one%s", async (_, thread) => {
    const file = join(scratch.directory(), "rows.mdb");
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const until = acknowledged + 2 + round;
      acknowledged = Number(await killAfter(run(COMMITTER, file, ...thread), (line) => Number(line) >= until));
      const rows = LmdbRows.open(file);
      const head = Number(rows.head()!.toString());
      expect(head).toBeGreaterThanOrEqual(acknowledged);
      let count = 0;
      for (const { value } of rows.range(Buffer.of(1), Buffer.of(2))) {
        expect(Number(value.toString())).toBe(head);
        count++;
      }
      expect(count).toBe(20_000);
      await rows.close();
      acknowledged = head;
    }
  });

  it("a process may exit while its thread hands rows over: it ends, and with the code it wants", async () => {
    for (const delayMs of [150, 250, 350, 450, 550, 650, 750]) {
      const { child } = run(EXITER, join(scratch.directory(), "rows.mdb"), ROWS_THREAD, String(delayMs));
      const [code] = (await once(child, "exit")) as [number | null];
      expect(code).toBe(7);
    }
  });

  it("frees a data directory at once; until then nobody else has it", async () => {
    const directory = scratch.directory();
    const holder = run(
      `
      const { takeDirectory } = await import(${built("storage/directory.js")});
      await takeDirectory(process.argv[1]);
      console.log("held");
      setInterval(() => {}, 1000);
    `,
      directory,
    );
    expect((await holder.lines.next()).value).toBe("held");
    await expect(takeDirectory(directory)).rejects.toThrow(`is in use by process ${holder.child.pid}`);
    const exited = once(holder.child, "exit");
    holder.child.kill("SIGKILL");
    await exited;
    const held = await takeDirectory(directory);
    await held.release();
  });
});
