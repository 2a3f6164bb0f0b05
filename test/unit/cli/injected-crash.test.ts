import { describe, expect, it } from "vitest";
import { CRASH_POINTS, passing } from "../../../src/base/crash-points.ts";
import { armFrom } from "../../../src/cli/injected-crash.ts";

describe("a crash on purpose", () => {
  it("passes every point where nothing is said", () => {
    armFrom({});
    armFrom({ ANTIPODE_TEST_CRASH_AT: "" });
    for (const point of CRASH_POINTS) passing(point);
  });

  it("names the points when one is wrong", () => {
    for (const text of ["nowhere", "batch-appended:0", "batch-appended:x", "batch-appended@SIGHUP", ":3"]) {
      expect(() => armFrom({ ANTIPODE_TEST_CRASH_AT: text })).toThrow(
        /wants POINT, POINT:N .* batch-appended, .*, not "/u,
      );
    }
  });
});
