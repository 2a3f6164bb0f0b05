import { describe, expect, test } from "vitest";
import { findKeys, legacyRangeOf } from "../../../src/commands/command-keys.ts";
import { defineSessionCommand, LOCAL_ONLY } from "../../../src/commands/define-command.ts";
import type { KeySpec } from "../../../src/commands/key-specs.ts";
import { describeCommand } from "../../../src/commands/families/command-description.ts";
import { plain } from "./command-world.ts";

/** The words at which keys are found, in order; null when the words make no sense. */
function keysIn(words: string, ...keys: readonly KeySpec[]): readonly string[] | null {
  const argv = words.split(" ");
  return findKeys(withKeys(...keys), argv)?.map(({ index }) => argv[index]!) ?? null;
}

function withKeys(...keys: readonly KeySpec[]) {
  return defineSessionCommand({
    name: "X",
    group: "server",
    since: "1.0.0",
    arity: -1,
    flags: ["readonly"],
    keys,
    syntax: "",
    summary: "",
    complexity: "",
    convergence: LOCAL_ONLY,
    parse: () => null,
    run: () => null,
  });
}

describe("key specifications", () => {
  test("ranges count from the end when negative, and step", () => {
    expect(keysIn("x a b c", { first: 1, last: -1, step: 1 })).toEqual(["a", "b", "c"]);
    expect(keysIn("x a 1 b 2", { first: 1, last: -1, step: 2 })).toEqual(["a", "b"]);
    expect(keysIn("x a b 0", { first: 1, last: -2, step: 1 })).toEqual(["a", "b"]);
    expect(keysIn("x", { first: 1, last: 1, step: 1 })).toEqual([]);
  });

  test("a count before the keys: too many, negative or no number make no sense", () => {
    const spec: KeySpec = { countAt: 2 };
    expect(keysIn("eval s 2 a b c", spec)).toEqual(["a", "b"]);
    expect(keysIn("eval s 0 a", spec)).toEqual([]);
    for (const count of ["3", "-1", "x", "99999999999999999999", "1.5"]) {
      expect([count, keysIn(`eval s ${count} a b`, spec)]).toEqual([count, null]);
    }
    expect(keysIn("eval s", spec)).toBe(null);
  });

  test("keys after a word, from the front and from the back", () => {
    const streams: KeySpec = { word: "STREAMS", from: 1, last: -1, step: 1, limit: 2 };
    expect(keysIn("xread count 2 streams a b 1 2", streams)).toEqual(["a", "b"]);
    expect(keysIn("xread streams a b 1", streams)).toEqual(["a"]);
    expect(keysIn("xread count 2", streams)).toEqual([]);
    const migrated: KeySpec = { word: "KEYS", from: -2, last: -1, step: 1 };
    expect(keysIn("migrate h 1  0 1 keys a b", migrated)).toEqual(["a", "b"]);
  });

  test("several together, and what is no key", () => {
    expect(keysIn("zunionstore d 2 a b", { first: 1, last: 1, step: 1 }, { countAt: 2 })).toEqual(["d", "a", "b"]);
    expect(keysIn("spublish c m", { first: 1, last: 1, step: 1, flags: ["not_key"] })).toEqual([]);
    expect(keysIn("sort k", { first: 1, last: 1, step: 1 }, { unknown: true })).toBe(null);
  });

  test("the range of old clients, and whether it is the whole truth", () => {
    const one: KeySpec = { first: 1, last: 1, step: 1 };
    expect(legacyRangeOf([])).toEqual({ first: 0, last: 0, step: 0, movable: false });
    expect(legacyRangeOf([one])).toEqual({ first: 1, last: 1, step: 1, movable: false });
    expect(legacyRangeOf([one, { first: 2, last: 2, step: 1 }])).toEqual({
      first: 1,
      last: 2,
      step: 1,
      movable: false,
    });
    expect(legacyRangeOf([one, { countAt: 2 }])).toEqual({ first: 1, last: 1, step: 1, movable: true });
    expect(legacyRangeOf([{ countAt: 2 }])).toEqual({ first: 0, last: 0, step: 0, movable: true });
  });

  test("COMMAND INFO describes each kind", () => {
    const info = plain(
      describeCommand(
        withKeys({ countAt: 2 }, { word: "STREAMS", from: 1, last: -1, step: 1, limit: 2 }, { unknown: true }),
      ),
    ) as unknown[];
    expect(info[2]).toEqual({ set: ["+readonly", "+movablekeys"] });
    expect(JSON.stringify(info[8])).toMatch(
      /"keynum".*"keynumidx",0.*"keyword".*"STREAMS".*"startfrom",1.*"limit",2.*"unknown"/u,
    );
  });
});
