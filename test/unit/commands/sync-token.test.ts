import { describe, expect, test, vi } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import { systemTimers } from "../../../src/base/timers.ts";
import { SyncTokens } from "../../../src/commands/sync-token.ts";

/** A region whose vector is set by hand. */
class Source {
  #vector: NamedVector;
  readonly listeners = new Set<() => void>();
  constructor(vector: NamedVector) {
    this.#vector = vector;
  }
  vector(): NamedVector {
    return this.#vector;
  }
  covers(origin: string, sequence: number): boolean {
    return (this.#vector[origin] ?? 0) >= sequence;
  }
  onDurable(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  advance(vector: NamedVector): void {
    this.#vector = { ...this.#vector, ...vector };
    for (const listener of this.listeners) listener();
  }
}

const HERE = "us-east#1-0a1b";
const THERE = "eu-west#12-00ff00ff";

describe("sync tokens", () => {
  test("say what is here, and differ after every write", () => {
    const source = new Source({});
    const tokens = new SyncTokens(source);
    const seen = new Set<string>();
    for (const sequence of [0, 1, 2, 300, 2 ** 40]) {
      if (sequence > 0) source.advance({ [HERE]: sequence });
      const token = tokens.issue();
      expect(tokens.issue()).toBe(token);
      expect(SyncTokens.parse(token)).toEqual(source.vector());
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/u);
      seen.add(token);
    }
    expect(seen.size).toBe(5);
    source.advance({ [THERE]: 1 });
    expect(seen.has(tokens.issue())).toBe(false);
    expect(new SyncTokens(source).issue()).toBe(tokens.issue());
  });

  test("of writes: a few bytes that name this run's last one alone, whatever else is here", () => {
    const source = new Source({});
    const tokens = new SyncTokens(source);
    expect(SyncTokens.parse(tokens.issueWrites(HERE))).toEqual({});
    for (let run = 1; run <= 500; run++) source.advance({ [`${THERE}${run}`]: 7 });
    source.advance({ [HERE]: 2 ** 40 });
    const token = tokens.issueWrites(HERE);
    expect(SyncTokens.parse(token)).toEqual({ [HERE]: 2 ** 40 });
    expect(token.length).toBeLessThan(64);
    expect(tokens.issue().length).toBeGreaterThan(1_000);
  });

  test.each([undefined, "", "garbage", "AAAA", "not base64 at all!", "Aw", "x".repeat(70_000), "undefined", "null"])(
    "%j is no token",
    (text) => {
      expect(SyncTokens.parse(text)).toBeNull();
    },
  );

  test("a damaged token is no token or another vector, never an error", () => {
    const source = new Source({ [HERE]: 5, [THERE]: 70_000 });
    const tokens = new SyncTokens(source);
    const bytes = Buffer.from(tokens.issue(), "base64url");
    const random = seededRandom(3);
    let refused = 0;
    for (let round = 0; round < 3_000; round++) {
      const damaged = Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)));
      if (damaged.length > 0) damaged[random.below(damaged.length)] = random.below(256);
      const vector = SyncTokens.parse(damaged.toString("base64url"));
      if (vector === null) refused++;
      else for (const sequence of Object.values(vector)) expect(sequence).toBeGreaterThan(0);
    }
    expect(refused).toBeGreaterThan(2_000);
  });

  test("an origin of no region's form is no token", () => {
    const tokens = new SyncTokens(new Source({ __proto__: null, constructor: 1 } as unknown as NamedVector));
    expect(SyncTokens.parse(tokens.issue())).toBeNull();
  });

  test("waiting ends as soon as all of it is here", () => {
    const source = new Source({ [HERE]: 5 });
    const tokens = new SyncTokens(source);
    const done = vi.fn<(isCovered: boolean) => void>();
    expect(tokens.isCovered({ [HERE]: 5 })).toBe(true);
    expect(tokens.isCovered({ [HERE]: 5, [THERE]: 2 })).toBe(false);
    tokens.wait({ [HERE]: 5, [THERE]: 2 }, 60_000, systemTimers, done);
    source.advance({ [THERE]: 1 });
    expect(done).not.toHaveBeenCalled();
    source.advance({ [THERE]: 2 });
    source.advance({ [THERE]: 3 });
    expect(done.mock.calls).toEqual([[true]]);
    expect(source.listeners.size).toBe(0);
  });

  test("waiting ends at its time, or when it is given up", async () => {
    const source = new Source({});
    const tokens = new SyncTokens(source);
    const isCovered = await new Promise((resolve) => tokens.wait({ [THERE]: 1 }, 1, systemTimers, resolve));
    expect(isCovered).toBe(false);
    const done = vi.fn<(isCovered: boolean) => void>();
    tokens.wait({ [THERE]: 1 }, 60_000, systemTimers, done)();
    source.advance({ [THERE]: 1 });
    expect(done).not.toHaveBeenCalled();
    expect(source.listeners.size).toBe(0);
  });

  test("what it demands of a region that has left, beyond what will ever come of it, is cut off", () => {
    const source = new Source({ "us#1-0000": 5, "gone#1-0000": 3 });
    const tokens = new SyncTokens({
      vector: () => source.vector(),
      covers: (origin: string, sequence: number) => source.covers(origin, sequence),
      onDurable: (listener) => source.onDurable(listener),
      hasLeft: (region) => region === "gone",
    });
    expect(tokens.isCovered({ "us#1-0000": 5, "gone#1-0000": 9, "gone#2-0000": 1 })).toBe(true);
    expect(tokens.isCovered({ "us#1-0000": 6, "gone#1-0000": 9 })).toBe(false);
    expect(new SyncTokens(source).isCovered({ "gone#1-0000": 9 })).toBe(false);
  });
});
