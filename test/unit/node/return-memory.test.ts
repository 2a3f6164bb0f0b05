import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { returnMemory } from "../../../src/node/return-memory.ts";

/** More than the allocator keeps for later by itself, in pieces that it does not map one by one. */
const PIECES = 24_000;
const PIECE_BYTES = 4_000;

/** Debian's and Red Hat's C library; without it there is nothing that could be asked. */
const hasGlibc = existsSync("/lib64/ld-linux-x86-64.so.2") || existsSync("/lib/ld-linux-aarch64.so.1");

describe.skipIf(!hasGlibc)("memory that was let go", () => {
  it("goes back to the system, also behind a piece that is still used", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const pieces = Array.from({ length: PIECES }, () => Buffer.allocUnsafeSlow(PIECE_BYTES).fill(1));
    const last = pieces.at(-1)!;
    pieces.length = 0;
    collect();
    const before = process.memoryUsage.rss();
    await vi.waitFor(
      () => {
        collect();
        returnMemory();
        expect(process.memoryUsage.rss()).toBeLessThan(before - (PIECES * PIECE_BYTES) / 4);
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(last[0]).toBe(1);
  });
});
