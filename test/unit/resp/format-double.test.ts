import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { formatDouble } from "../../../src/resp/format-double.ts";
import { forSeeds } from "./chunks.ts";

describe("doubles as Redis prints them", () => {
  test.each<[number, string]>([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [-1.5, "-1.5"],
    [0.1, "0.1"],
    [0.1 + 0.2, "0.30000000000000004"],
    [3.141, "3.141"],
    [100, "100"],
    [1e10, "10000000000"],
    [2 ** 53, "9007199254740992"],
    [1e17, "100000000000000000"],
    [2 ** 60, "1152921504606846976"],
    [-(2 ** 62), "-4611686018427387904"],
    [2 ** 63, "9223372036854776000"],
    [1e19, "1e+19"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [-1.7976931348623157e308, "-1.7976931348623157e+308"],
    [5e-324, "5e-324"],
    [0.000001, "0.000001"],
    [0.0000015, "1.5e-6"],
    [1e-7, "1e-7"],
    [0.001234567891, "0.001234567891"],
    [0.0001234567, "1.234567e-4"],
    [1234.5678901234, "1234.5678901234"],
    [12345.678901234, "1.2345678901234e+4"],
    [12345.678901, "12345.678901"],
    [1700000000.123456, "1700000000.123456"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [Number.NaN, "nan"],
  ])("%d is %s", (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  test("what is printed reads back the same, by 2,000 seeds", () => {
    const view = new DataView(new ArrayBuffer(8));
    forSeeds(2_000, seededRandom, (random) => {
      view.setUint32(0, random.below(2 ** 32));
      view.setUint32(4, random.below(2 ** 32));
      const value = random.below(2) === 0 ? view.getFloat64(0) : (random.next() - 0.5) * 10 ** (random.below(40) - 20);
      if (Number.isFinite(value)) expect(Number(formatDouble(value))).toBe(value);
    });
  });
});
