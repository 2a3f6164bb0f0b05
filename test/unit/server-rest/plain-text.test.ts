import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { isPlain } from "../../../src/server/rest/plain-text.ts";

describe("what stands in JSON as it is", () => {
  test.each([0, 1, 13, 63, 64, 65, 66, 67, 1024, 8191, 8192, 8193, 20_000])("%i characters", (length) => {
    const random = seededRandom(length);
    const printable = (): string => String.fromCharCode(0x5d + random.below(0x7e - 0x5d + 1));
    const text = Array.from({ length }, printable).join("");
    expect(isPlain(text)).toBe(true);
    if (length === 0) return;
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code);
      for (const at of [0, length - 1, random.below(length)]) {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        const standsAsItIs = code < 0x80 && JSON.stringify(character) === `"${character}"`;
        // DEL stands as it is too, and whether it is taken for plain is all the same.
        if (code !== 0x7f) expect(isPlain(changed), `${code} at ${at}`).toBe(standsAsItIs);
      }
    }
  });
});
