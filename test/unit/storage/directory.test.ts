import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DIRECTORY_FORMAT, DirectoryError, takeDirectory } from "../../../src/storage/directory.ts";
import { DiskSpace, diskState } from "../../../src/storage/disk-space.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "antipode-directory-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("a data directory", () => {
  it("is created with all above it, and belongs to its owner alone", async () => {
    const held = await takeDirectory(join(root, "a", "b"));
    expect(held.identity).toBeNull();
    expect(readdirSync(join(root, "a"))).toEqual(["b"]);
    await held.release();
  });

  it("is held by one process, whatever path it is reached by, until it is released", async () => {
    const path = join(root, "d");
    const held = await takeDirectory(path);
    symlinkSync(path, join(root, "same"));
    for (const other of [path, `${path}/`, join(root, "same")]) {
      await expect(takeDirectory(other)).rejects.toThrow(
        new DirectoryError(`data directory ${other} is in use by process ${process.pid}`),
      );
    }
    const other = await takeDirectory(join(root, "other"));
    await held.release();
    const again = await takeDirectory(path);
    await again.release();
    await other.release();
  });

  it("is taken by exactly one of many that try at once", async () => {
    const path = join(root, "d");
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeDirectory(path)));
    const taken = results.filter((result) => result.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]!.value.release();
  });

  it("may be deeper than a socket's name is long", async () => {
    const path = join(root, "x".repeat(100), "y".repeat(100));
    const held = await takeDirectory(path);
    await expect(takeDirectory(path)).rejects.toThrow(DirectoryError);
    await held.release();
  });

  it("is refused with one line when it is a file, below a file, or not writable", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    await expect(takeDirectory(file)).rejects.toThrow(`data directory ${file} is not a directory`);
    await expect(takeDirectory(join(file, "d"))).rejects.toThrow(
      `data directory ${join(file, "d")} is not a directory`,
    );
    const locked = join(root, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    // The superuser may write anywhere.
    if (process.getuid?.() !== 0) {
      await expect(takeDirectory(locked)).rejects.toThrow(`data directory ${locked} cannot be written: EACCES`);
    }
  });

  it("remembers whose it is and how often it was started on", async () => {
    const held = await takeDirectory(root);
    held.writeIdentity({ format: DIRECTORY_FORMAT, region: "eu-west", starts: 1 });
    held.writeIdentity({ format: DIRECTORY_FORMAT, region: "eu-west", starts: 2 });
    await held.release();
    const again = await takeDirectory(root);
    expect(again.identity).toEqual({ format: DIRECTORY_FORMAT, region: "eu-west", starts: 2 });
    await again.release();
  });

  it("is refused when its identity is damaged or newer than this program", async () => {
    const held = await takeDirectory(root);
    for (const text of ["", "{", "null", "{}", '{"format":"1","region":"a","starts":1}', '{"format":1,"region":"a"}']) {
      writeFileSync(join(root, "identity.json"), text);
      expect(() => held.identity, text).toThrow(/identity\.json is damaged/u);
    }
    writeFileSync(
      join(root, "identity.json"),
      JSON.stringify({ format: DIRECTORY_FORMAT + 1, region: "a", starts: 1 }),
    );
    expect(() => held.identity).toThrow(
      `has format ${DIRECTORY_FORMAT + 1}; this version reads up to ${DIRECTORY_FORMAT}`,
    );
    await held.release();
  });
});

describe("free space", () => {
  it("is full below the mark and stays so until there is half as much again", () => {
    expect(diskState(100, 100, "ok")).toBe("ok");
    expect(diskState(99, 100, "ok")).toBe("full");
    expect(diskState(100, 100, "full")).toBe("full");
    expect(diskState(149, 100, "full")).toBe("full");
    expect(diskState(150, 100, "full")).toBe("ok");
    expect(diskState(0, 0, "ok")).toBe("ok");
    expect(diskState(-1, 0, "full")).toBe("ok");
  });

  it("is looked up on the directory's disk", async () => {
    const plenty = new DiskSpace(root, 1);
    expect(plenty.state).toBe("ok");
    await plenty.look(0);
    expect(plenty.state).toBe("ok");
    expect(plenty.freeBytes).toBeGreaterThan(0);
    const never = new DiskSpace(root, Number.MAX_SAFE_INTEGER);
    await never.look(0);
    expect(never.state).toBe("full");
    await plenty.look(plenty.freeBytes);
    expect(plenty.state, "what is owed to the disk is not free").toBe("full");
  });
});
