import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { LmdbRows } from "../../src/storage/rows/lmdb-rows.ts";
import { RowsThread } from "../../src/storage/rows/rows-thread.ts";
import { MemoryRows } from "../../src/storage/rows/memory-rows.ts";
import { RowChanges, type RowChange } from "../../src/storage/row-changes.ts";
import type { Rows } from "../../src/storage/rows-port.ts";

interface Store {
  readonly rows: Rows;
  /** Closes the store and opens what it left. */
  readonly reopen: () => Promise<Rows>;
}

const opened: Rows[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const rows of opened.splice(0)) await rows.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** As the build makes it: a thread runs no TypeScript. */
const THREAD = new URL("../../dist/src/storage/rows/rows-thread-main.js", import.meta.url);

function lmdb(thread: URL | null): Store {
  const directory = mkdtempSync(join(tmpdir(), "antipode-rows-"));
  directories.push(directory);
  const open = (): Rows => {
    const rows = LmdbRows.open(join(directory, "rows.mdb"), thread);
    opened.push(rows);
    return rows;
  };
  const rows = open();
  return {
    rows,
    reopen: async () => {
      await opened.pop()?.close();
      return open();
    },
  };
}

function memory(): Store {
  const rows = new MemoryRows();
  return { rows, reopen: () => Promise.resolve(new MemoryRows({}, rows.crash())) };
}

const key = (...bytes: readonly number[]): Buffer => Buffer.from([1, ...bytes]);
const put = (at: Buffer, text: string): RowChange => ({ key: at, value: Buffer.from(text, "latin1") });
const remove = (at: Buffer): RowChange => ({ key: at, value: null });
const commit = (rows: Rows, head: string, changes: readonly RowChange[], clear = false): Promise<void> =>
  rows.commit({ head: Buffer.from(head), clear, changes: RowChanges.of(changes) });
const all = (rows: Rows): string[] =>
  [...rows.range(Buffer.of(), Buffer.of(255))].map(
    (row) => `${row.key.toString("hex")}=${row.value.toString("latin1")}`,
  );

for (const [name, create] of [
  ["in LMDB", () => lmdb(null)],
  ["in LMDB, written by a thread of their own", () => lmdb(THREAD)],
  ["in memory", memory],
] as const) {
  describe(`the rows ${name}`, () => {
    it("are empty and headless at first", () => {
      const { rows } = create();
      expect(rows.head()).toBeNull();
      expect(rows.get(key(1))).toBeNull();
      expect(all(rows)).toEqual([]);
    });

    it("hold what was committed, binary keys and values, empty ones too, also after a restart", async () => {
      const { rows, reopen } = create();
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const long = Buffer.alloc(1978, 0xff).fill(1, 0, 1);
      const big = Buffer.alloc(300_000, 0xab);
      await commit(rows, "h1", [{ key: key(0, 0), value: every }, put(key(9), ""), { key: long, value: big }]);
      const check = (store: Rows): void => {
        expect(store.head()!.toString()).toBe("h1");
        expect(store.get(key(0, 0))).toEqual(every);
        expect(store.get(key(9))).toEqual(Buffer.alloc(0));
        expect(store.get(long)!.equals(big)).toBe(true);
      };
      check(rows);
      check(await reopen());
    });

    it("apply changes in their order and clear before them", async () => {
      const { rows } = create();
      await commit(rows, "h1", [put(key(1), "a"), put(key(2), "b"), put(key(1), "c"), remove(key(2)), remove(key(3))]);
      expect(all(rows)).toEqual(["0101=c"]);
      await commit(rows, "h2", [put(key(4), "d")], true);
      expect(all(rows)).toEqual(["0104=d"]);
      expect(rows.head()!.toString()).toBe("h2");
    });

    it("range over [start, end) in byte order, never show the head, and may be left early", async () => {
      const { rows } = create();
      await commit(rows, "h", [
        put(key(255), "z"),
        put(key(), "0"),
        put(key(1, 0), "b"),
        put(key(1), "a"),
        put(Buffer.of(2), "n"),
      ]);
      expect(all(rows)).toEqual(["01=0", "0101=a", "010100=b", "01ff=z", "02=n"]);
      expect([...rows.range(key(1), key(255))].map((row) => row.value.toString())).toEqual(["a", "b"]);
      expect([...rows.range(key(5), key(5))]).toEqual([]);
      expect([...rows.range(key(9), key(5))]).toEqual([]);
      for (const row of rows.range(key(), Buffer.of(3))) {
        expect(row.value.toString()).toBe("0");
        break;
      }
      expect(all(rows)).toHaveLength(5);
    });

    it("answer buffers that are the caller's to keep", async () => {
      const { rows } = create();
      await commit(rows, "h", [put(key(1), "one"), put(key(2), "two")]);
      const ranged = [...rows.range(key(1), key(3))];
      const one = rows.get(key(1))!;
      const two = rows.get(key(2))!;
      one.fill(0);
      await commit(rows, "h2", [put(key(1), "ONE"), put(key(2), "TWO")]);
      rows.get(key(1));
      expect(two.toString()).toBe("two");
      expect(ranged.map((row) => row.value.toString())).toEqual(["one", "two"]);
      expect(rows.get(key(1))!.toString()).toBe("ONE");
    });

    it("keep a snapshot as it was, while reads and later snapshots move on", async () => {
      const { rows } = create();
      await commit(rows, "h1", [put(key(1), "one"), put(key(2), "two"), put(key(3), "three")]);
      const first = rows.snapshot();
      const begun = first.range(key(1), key(9))[Symbol.iterator]();
      expect(begun.next().value.value.toString()).toBe("one");
      await commit(rows, "h2", [put(key(2), "TWO"), remove(key(3)), put(key(4), "four")]);
      const second = rows.snapshot();
      for (let round = 0; round < 5; round++) {
        await commit(rows, `later${round}`, [put(key(5, round), "x".repeat(5_000))], round === 3);
        await new Promise((resolve) => setImmediate(resolve));
        const texts = (from: Iterable<{ readonly value: Buffer }>): string[] =>
          [...from].map(({ value }) => value.toString());
        expect(texts(first.range(key(1), key(9)))).toEqual(["one", "two", "three"]);
        expect(texts(second.range(key(1), key(5)))).toEqual(["one", "TWO", "four"]);
        expect(rows.get(key(5, round))).not.toBeNull();
      }
      expect([first.head, second.head].map(String)).toEqual(["h1", "h2"]);
      expect(rows.head()!.toString()).toBe("later4");
      first.close();
      first.close();
      second.close();
      expect(all(rows)).toHaveLength(2);
    });

    it("agree with a plain sorted map through a random history", async () => {
      const { rows, reopen } = create();
      const random = seededRandom(11);
      const model = new Map<string, string>();
      for (let round = 0; round < 60; round++) {
        const changes: RowChange[] = [];
        const clear = random.below(20) === 0;
        if (clear) model.clear();
        for (let index = random.below(40); index > 0; index--) {
          const at = key(...Array.from({ length: 1 + random.below(3) }, () => random.below(4)));
          if (random.below(3) === 0) {
            changes.push(remove(at));
            model.delete(at.toString("hex"));
          } else {
            changes.push(put(at, `v${round}.${index}`));
            model.set(at.toString("hex"), `v${round}.${index}`);
          }
        }
        await commit(rows, `h${round}`, changes, clear);
        const expected = [...model]
          .map(([at, value]) => `${at}=${value}`)
          .toSorted((a, b) => (a.split("=")[0]! < b.split("=")[0]! ? -1 : 1));
        expect(all(rows)).toEqual(expected);
      }
      const before = all(rows);
      expect(all(await reopen())).toEqual(before);
    });
  });
}

/** Threads of this process. */
const threads = (): number => readdirSync("/proc/self/task").length;

describe("the thread that writes rows", () => {
  // Threads that libuv begins when they are first needed are there from now on.
  beforeAll(() => Promise.all(Array.from({ length: 32 }, () => stat(tmpdir()))));

  it("is handed checkpoints of many blocks, and changes larger than a block", async () => {
    const { rows, reopen } = lmdb(THREAD);
    const changes = Array.from({ length: 9000 }, (_, index) => {
      const at = Buffer.alloc(5, 1);
      at.writeUInt32BE(Math.imul(index, 0x9e3779b1) >>> 0, 1);
      return { key: at, value: Buffer.alloc(index === 4000 ? 3_000_000 : 700, index & 255) };
    });
    await commit(rows, "h", changes);
    const check = (store: Rows): void => {
      for (const { key: at, value } of changes) expect(store.get(at)!.equals(value)).toBe(true);
      expect(all(store)).toHaveLength(changes.length);
    };
    check(rows);
    check(await reopen());
  });

  it("tells why it refuses, and goes on", async () => {
    const { rows } = lmdb(THREAD);
    await commit(rows, "h1", [put(key(1), "a")]);
    await expect(commit(rows, "h2", [put(key(2), "b"), put(Buffer.alloc(2000, 1), "c")])).rejects.toThrow(
      "too long for LMDB",
    );
    expect([rows.head()!.toString(), all(rows)]).toEqual(["h1", ["0101=a"]]);
    await commit(rows, "h3", [put(key(3), "d")]);
    expect([rows.head()!.toString(), all(rows)]).toEqual(["h3", ["0101=a", "0103=d"]]);
  });

  it("writes one checkpoint at a time, ends it before it closes, and writes none then", async () => {
    const { rows, reopen } = lmdb(THREAD);
    const many = Array.from({ length: 10_000 }, (_, index) => put(key(index >> 8, index & 255), "v"));
    const first = commit(rows, "h1", many);
    await expect(commit(rows, "h2", many)).rejects.toThrow("a checkpoint is being written");
    await first;
    const last = commit(rows, "h3", many);
    await opened.pop()!.close();
    await last;
    await expect(commit(rows, "h4", many)).rejects.toThrow("they are closed");
    expect((await reopen()).head()!.toString()).toBe("h3");
  });

  it("that ends by itself fails the checkpoint it had, and the next one starts another", async () => {
    const dying = `import { parentPort } from "node:worker_threads";
      parentPort.on("message", () => process.exit(3));`;
    const { rows } = lmdb(new URL(`data:text/javascript,${encodeURIComponent(dying)}`));
    for (let time = 0; time < 2; time++) {
      await expect(commit(rows, "h", [put(key(1), "a")])).rejects.toThrow(
        "the thread that writes them ended (exit code 3)",
      );
    }
    expect(rows.head()).toBeNull();
  });

  it("ends when nothing follows; what is read and written then is as before, and a snapshot stays", async () => {
    const { rows } = lmdb(THREAD);
    await commit(rows, "h1", [put(key(1), "a")]);
    const snapshot = rows.snapshot();
    const running = threads();
    await vi.waitFor(() => expect(threads()).toBeLessThan(running), { timeout: 10_000 });
    expect([...snapshot.range(key(), key(9))].map((row) => String(row.value))).toEqual(["a"]);
    snapshot.close();
    for (const value of ["b", "c"]) {
      await commit(rows, value, [put(key(2), value)]);
      const then = threads();
      await vi.waitFor(() => expect(threads()).toBeLessThan(then), { timeout: 10_000 });
      await new Promise((resolve) => setImmediate(resolve));
      expect([rows.head()!.toString(), all(rows)]).toEqual([value, ["0101=a", `0102=${value}`]]);
    }
  });

  it("that falls silent within a transaction fails the checkpoint, refuses the next, and is not waited for", async () => {
    const silent = `import { parentPort } from "node:worker_threads";
      parentPort.on("message", () => setTimeout(() => process.exit(0), 1000));`;
    const program = new URL(`data:text/javascript,${encodeURIComponent(silent)}`);
    const thread = new RowsThread("unused", program, () => {}, 50);
    const checkpoint = { head: Buffer.from("h"), clear: false };
    for (let time = 0; time < 2; time++) {
      const changes = RowChanges.of([put(key(1), "a")]);
      await expect(thread.commit({ ...checkpoint, changes })).rejects.toThrow("does not answer");
    }
    const running = threads();
    await thread.close();
    expect(threads()).toBe(running);
    // One that ends after all is no longer in the way.
    await vi.waitFor(() => expect(threads()).toBeLessThan(running), { timeout: 10_000 });
    await expect(thread.commit({ ...checkpoint, changes: new RowChanges() })).rejects.toThrow("they are closed");
  });
});
