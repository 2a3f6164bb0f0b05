import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";

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
