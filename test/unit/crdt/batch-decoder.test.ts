import { describe, expect, it } from "vitest";
import { MalformedBytesError } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { BatchEncoder } from "../../../src/crdt/batch-codec.ts";
import { BatchDecoder, decodeBatch } from "../../../src/crdt/batch-decoder.ts";
import type { Batch } from "../../../src/crdt/batch.ts";
import { OP } from "../../../src/crdt/operations/operation-kind.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";

const NAMES = Array.from({ length: 24 }, (_, index) => `region-${"abc"[index % 3]!}#${index + 1}-0123`);

/** A batch of `origin` that depends on `others`, by indexes of `NAMES`. */
function encoded(origin: number, sequence: number, others: Readonly<Record<number, number>>): Buffer {
  const origins = new OriginTable(NAMES);
  const vector = new VersionVector();
  for (const [other, upTo] of Object.entries(others)) vector.set(Number(other), upTo);
  const operations = [{ op: OP.stringSet, db: 0, key: `key:${sequence}`, value: "value", deadlineMs: 0 }] as const;
  return Buffer.from(
    new BatchEncoder(origins).encode({ origin, sequence, stamp: sequence, others: vector }, operations),
  );
}

function read(decoder: BatchDecoder, bytes: Buffer): Batch {
  return decoder.decode(decoder.open(bytes));
}

describe("an encoder of many batches", () => {
  it("writes each as if it came alone, whoever issued the one before and whatever that depended on", () => {
    const origins = new OriginTable(NAMES);
    const encoder = new BatchEncoder(origins);
    const vectors = [{}, { 0: 4 }, { 1: 7, 2: 300 }].map((entries) => {
      const vector = new VersionVector();
      for (const [origin, upTo] of Object.entries(entries)) vector.set(Number(origin), upTo);
      return vector;
    });
    const random = seededRandom(3);
    for (let sequence = 1; sequence <= 300; sequence++) {
      const head = { origin: random.below(3), sequence, stamp: sequence, others: vectors[random.below(3)]! };
      const size = 1 + random.below(3);
      const operations = Array.from({ length: size }, (_, at) => {
        // One is now and then larger than what the encoder has had room for.
        const value = "v".repeat(random.below(40) === 0 ? 100_000 : random.below(300));
        return { op: OP.stringSet, db: 0, key: `key:${at % 2}`, value, deadlineMs: 0 } as const;
      });
      const bytes = Buffer.from(encoder.encode(head, operations));
      expect(bytes.equals(new BatchEncoder(origins).encode(head, operations))).toBe(true);
      expect(decodeBatch(bytes, origins).operations).toEqual(operations);
    }
  });
});

describe("a decoder of many batches", () => {
  it("reads each as if it came alone, whatever came before it, and whatever of it was damaged", () => {
    const random = seededRandom(21);
    const [streamed, alone] = [new OriginTable(NAMES), new OriginTable(NAMES)];
    const decoder = new BatchDecoder(streamed);
    const sequences = new Map<number, number>();
    const latest = new Map<number, Record<number, number>>();
    let refused = 0;
    for (let step = 0; step < 3_000; step++) {
      const origin = random.below(4) === 0 ? random.below(NAMES.length) : random.below(3);
      const sequence = (sequences.get(origin) ?? 0) + 1;
      const others = latest.get(origin) ?? {};
      const other = random.below(NAMES.length);
      if (random.below(3) === 0 && other !== origin) others[other] = (others[other] ?? 0) + 1;
      latest.set(origin, others);
      const bytes = encoded(origin, sequence, others);
      if (random.below(5) === 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      else sequences.set(origin, sequence);
      const outcome = (decode: () => Batch, table: OriginTable): unknown => {
        try {
          const { origin: index, others: vector, ...rest } = decode();
          // What it issued itself before, its own sequence says.
          const named = vector.toNamed(table);
          delete (named as Record<string, number>)[table.id(index)];
          return { ...rest, from: table.id(index), named };
        } catch (error) {
          refused++;
          return (error as Error).message;
        }
      };
      const expected = outcome(() => decodeBatch(bytes, alone), alone);
      expect(outcome(() => read(decoder, bytes), streamed)).toEqual(expected);
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("shares the vector of consecutive batches that say the same of others, and no other's", () => {
    const decoder = new BatchDecoder(new OriginTable());
    const first = read(decoder, encoded(0, 5, { 1: 3 }));
    const other = read(decoder, encoded(2, 5, { 1: 3 }));
    const second = read(decoder, encoded(0, 6, { 1: 3 }));
    const third = read(decoder, encoded(0, 7, { 1: 4 }));
    expect(second.others).toBe(first.others);
    expect(other.others).not.toBe(first.others);
    expect([first, third].map(({ others }) => others.covers(1, 4))).toEqual([false, true]);
  });

  it("V1: a vector is completed anew once another retirement is known", () => {
    const origins = new OriginTable(NAMES);
    const decoder = new BatchDecoder(origins);
    const before = read(decoder, encoded(0, 5, { 1: 3 }));
    expect(before.others.covers(2, 9)).toBe(false);
    origins.retirements.add({ origin: 2, floor: 9, byOrigin: 1, bySequence: 3 });
    expect(read(decoder, encoded(0, 6, { 1: 3 })).others.covers(2, 9)).toBe(true);
    expect(before.others.covers(2, 9)).toBe(false);
  });

  it("V1: a log that is read again: batches before their origin's own retirement do not know it, those behind it do", () => {
    const origins = new OriginTable(NAMES);
    origins.retirements.add({ origin: 2, floor: 9, byOrigin: 0, bySequence: 5 });
    const decoder = new BatchDecoder(origins);
    const knows = [4, 5, 6, 7, 5].map((sequence) => read(decoder, encoded(0, sequence, {})).others.covers(2, 9));
    expect(knows).toEqual([false, false, true, true, false]);
  });

  it("interns no origin for a batch that is only looked at", () => {
    const origins = new OriginTable();
    const decoder = new BatchDecoder(origins);
    expect(decoder.open(encoded(0, 5, { 1: 3 }))).toMatchObject({ id: NAMES[0], sequence: 5, stamp: 5 });
    expect(origins.ids()).toEqual([]);
    expect(() => decoder.open(Buffer.from([2, 3, 65, 35, 49]))).toThrow(MalformedBytesError);
  });
});
