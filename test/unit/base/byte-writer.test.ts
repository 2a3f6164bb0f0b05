import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, MalformedBytesError } from "../../../src/base/bytes.ts";

/** The definition, digit by digit. */
function leb128(value: number): number[] {
  const digits: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest /= 128n) digits.push(Number(rest % 128n) + 128);
  return [...digits, Number(rest)];
}

describe("varints", () => {
  const edges = Array.from({ length: 54 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]).flat();
  const values = edges.filter((value) => Number.isSafeInteger(value));

  it("are LEB128 up to 2^53 - 1, and read back", () => {
    for (const value of values) {
      const writer = new ByteWriter(1);
      writer.varint(value);
      expect([...writer.view()], String(value)).toEqual(leb128(value));
      expect(new ByteReader(writer.take()).varint()).toBe(value);
    }
  });

  it("are refused beyond, below and between", () => {
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => new ByteWriter().varint(value), String(value)).toThrow(`varint out of range: ${value}`);
    }
  });
});

describe("varints that are read", () => {
  const read = (bytes: readonly number[], end = bytes.length): number =>
    new ByteReader(Buffer.from(bytes), 0, end).varint();

  it("are refused when they are cut, wherever", () => {
    const digits = leb128(Number.MAX_SAFE_INTEGER);
    for (let end = 0; end < digits.length; end++) {
      expect(() => read(digits.slice(0, end)), `${end} digits`).toThrow(/^needs /u);
      // Also when what follows in memory would complete them.
      expect(() => read(digits, end), `${end} digits of more`).toThrow(/^needs /u);
    }
  });

  it("are refused beyond 53 bits, and when no end is in sight", () => {
    for (const bytes of [leb128(2 ** 53), [...Array.from({ length: 8 }, () => 0x80), 0], Array(20).fill(0xff)]) {
      expect(() => read(bytes)).toThrow(MalformedBytesError);
      expect(() => read(bytes)).toThrow("varint is longer than 53 bits");
    }
  });

  it("leave what follows them", () => {
    const reader = new ByteReader(Buffer.from([0x05, ...leb128(300), ...leb128(2 ** 40), 0x07]));
    expect([reader.varint(), reader.varint(), reader.varint(), reader.u8()]).toEqual([5, 300, 2 ** 40, 7]);
  });
});

describe("a writer that is used again", () => {
  it("keeps what it is told to keep, also when it has to grow", () => {
    const writer = new ByteWriter(4);
    writer.binary("head");
    const kept = writer.length;
    for (const text of ["a", "b".repeat(100), "c"]) {
      writer.reset(kept);
      writer.binary(text);
      const reader = new ByteReader(writer.view());
      expect([reader.binary(), reader.binary(), reader.remaining]).toEqual(["head", text, 0]);
    }
  });
});

describe("a writer that is used again", () => {
  it("gives the memory of something very large back, and keeps what it is to keep", () => {
    const writer = new ByteWriter();
    writer.binary("kept");
    const kept = writer.length;
    writer.binary("x".repeat(10_000_000));
    writer.reset(kept);
    expect(writer.view().buffer.byteLength).toBeLessThan(100_000);
    writer.binary("more");
    const reader = new ByteReader(writer.take());
    expect([reader.binary(), reader.binary()]).toEqual(["kept", "more"]);
  });
});
