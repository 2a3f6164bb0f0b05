import { describe, expect, it } from "vitest";
import { measurePartition } from "../../../chaos/bench/partition.ts";
import { PROGRAM } from "../../support/processes.ts";

describe("antipode bench", () => {
  it("W9: two regions that were apart are equal soon, and nothing is lost or different", async () => {
    const result = await measurePartition({ program: PROGRAM, seconds: 2, rate: 200 });
    expect(result).toMatchObject({ writes: 800, lost: 0, diverged: 0 });
    expect(result.equalAfterMs).toBeLessThan(20_000);
  });
});
