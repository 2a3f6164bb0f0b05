import { describe, expect, it } from "vitest";
import { STORED_DATABASES } from "../../../src/crdt/operations/operation-kind.ts";
import { KeyEntry } from "../../../src/keyspace/key-entry.ts";

describe("what an entry keeps in few words", () => {
  const DEADLINES = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1_790_000_000_123, Number.MAX_SAFE_INTEGER];

  it("is kept as it was given, whatever else is changed", () => {
    for (let db = 0; db < STORED_DATABASES; db++) {
      for (const hash of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
        const entry = new KeyEntry(db, "key", hash);
        for (const before of DEADLINES) {
          for (const after of DEADLINES) {
            entry.indexedDeadlineMs = before;
            entry.hasDeadline = !entry.hasDeadline;
            entry.hasConflict = entry.hasDeadline;
            expect(entry.indexedDeadlineMs).toBe(before);
            entry.indexedDeadlineMs = after;
            expect([entry.db, entry.hash, entry.indexedDeadlineMs]).toEqual([db, hash, after]);
            expect(entry.hasConflict).toBe(entry.hasDeadline);
          }
        }
      }
    }
  });
});
