import { describe, expect, it } from "vitest";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import { encodeMark } from "../../../src/keyspace/checkpoint-head.ts";
import { retain, type Retention, type RetentionFacts } from "../../../src/keyspace/log-retention.ts";

const A = "a#1-0000";
const origins = new OriginTable();
const vector = (sequence: number): VersionVector =>
  VersionVector.fromNamed(sequence === 0 ? {} : { [A]: sequence }, origins);

/** Segments of ten batches of a's and 100 bytes each; the last one holds five. */
function segments(count: number): RetentionFacts["segments"] {
  return Array.from({ length: count }, (_, index) => {
    const firstLsn = index * 10 + 1;
    const before = vector(index * 10);
    const lastLsn = index === count - 1 ? firstLsn + 4 : firstLsn + 9;
    return { firstLsn, lastLsn, bytes: 100, mark: encodeMark(before, origins, index === 0 ? 0 : index * 1_000) };
  });
}

function look(facts: Partial<RetentionFacts>): Retention {
  const given = {
    segments: segments(5),
    rowsLsn: 100,
    stable: vector(0),
    others: [],
    pins: [],
    origins,
    bytesMax: 1_000,
    ageMaxMs: 1e9,
    nowMs: 10_000,
    ...facts,
  };
  return retain(given, vector(45));
}

describe("how long the log is kept", () => {
  it("what rows contain and all have goes, whole segments, never the last", () => {
    expect(look({ stable: vector(45), others: [vector(45), vector(45)] }).upToLsn).toBe(40);
    expect(look({ stable: vector(29), others: [vector(29), vector(45)] }).upToLsn).toBe(20);
    expect(look({ stable: vector(45), others: [vector(45)], rowsLsn: 29 }).upToLsn).toBe(20);
    expect(look({ stable: vector(45), others: [] }).upToLsn).toBe(40);
  });

  it("past the budget also what one lacks, while a majority has it", () => {
    const over = { bytesMax: 250, others: [vector(0), vector(38)] };
    expect(look(over)).toEqual({ upToLsn: 30, forced: 3, unheldBytes: 200, isFull: false });
    expect(look({ ...over, bytesMax: 350 })).toMatchObject({ upToLsn: 20, forced: 2 });
    expect(look({ ...over, bytesMax: 500 })).toMatchObject({ upToLsn: 0, forced: 0 });
  });

  it("past its age the same; a segment that does not say its age is kept", () => {
    expect(look({ ageMaxMs: 7_500, others: [vector(0), vector(45)] })).toMatchObject({ upToLsn: 20, forced: 2 });
    expect(look({ ageMaxMs: 7_500, others: [vector(0), vector(0)] }).upToLsn).toBe(0);
  });

  it("of two and of four members one other is not a majority", () => {
    expect(look({ bytesMax: 0, others: [vector(20)] }).upToLsn).toBe(20);
    expect(look({ bytesMax: 0, others: [vector(40), vector(0), vector(0)] }).upToLsn).toBe(0);
    expect(look({ bytesMax: 0, others: [vector(40), vector(20), vector(0)] }).upToLsn).toBe(20);
  });

  it("what nobody else has is never dropped, and refuses writes when it fills the budget", () => {
    expect(look({ bytesMax: 500, others: [vector(0), vector(0)] })).toEqual({
      upToLsn: 0,
      forced: 0,
      unheldBytes: 500,
      isFull: true,
    });
    expect(look({ bytesMax: 500, others: [vector(15), vector(0)] }).isFull).toBe(false);
  });

  it("behind a reader that is on its way nothing goes", () => {
    expect(look({ stable: vector(45), others: [vector(45)], pins: [vector(25)] }).upToLsn).toBe(20);
    expect(look({ bytesMax: 0, others: [vector(0), vector(45)], pins: [vector(10), vector(35)] }).upToLsn).toBe(10);
  });
});
