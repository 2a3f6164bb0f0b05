import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countersAt } from "../../../../src/client/session/counter-paths.ts";
import { differenceOf, type Difference } from "../../../../src/client/session/difference.ts";
import { HASH_LAYOUT } from "../../../../src/client/session/hash-layout.ts";
import { isObject, type JsonObject, type JsonValue, type Path } from "../../../../src/client/session/json.ts";

const NONE = countersAt([]);

/** What a region does with a difference, said plainly: RFC 7396, then the rest in order. */
function applied(to: JsonObject, { patch, nulls, sums, appends }: Difference): JsonObject {
  let result = patch === null ? to : (merged(to, patch) as JsonObject);
  for (const path of nulls) result = put(result, path, () => null);
  for (const { path, by, isNew } of sums) {
    result = put(result, path, (old) => (old === undefined && isNew ? by : typeof old === "number" ? old + by : old));
  }
  for (const { path, items } of appends) result = put(result, path, (old) => [...(old as JsonValue[]), ...items]);
  return result;
}

function merged(to: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(to) ? to : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function put(to: JsonObject, [key, ...rest]: Path, value: (old?: JsonValue) => JsonValue | undefined): JsonObject {
  const old = Object.hasOwn(to, key!) ? to[key!] : undefined;
  const next = rest.length === 0 ? value(old) : isObject(old) ? put(old, rest, value) : old;
  return next === undefined ? to : { ...to, [key!]: next };
}

const key = fc.constantFrom("a", "b", "visits", "x.y", "__proto__", "constructor", "");
const { session } = fc.letrec<{ session: JsonObject; value: JsonValue }>((tie) => ({
  session: fc.dictionary(key, tie("value"), { maxKeys: 4 }).map((one) => JSON.parse(JSON.stringify(one)) as JsonObject),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, "", "text", 0, 1, 7, -3, 0.5),
    fc.array(fc.constantFrom(1, 2, "x", null), { maxLength: 3 }),
    tie("session"),
  ),
}));

describe("the difference between what was loaded and what is saved", () => {
  test.each([
    ["with no counters", NONE],
    ["with counters", countersAt(["visits", "*.visits", ["x.y", "*"]])],
  ])("SS1: applied to what was loaded it is what is saved, %s", (_name, isCounter) => {
    fc.assert(
      fc.property(session, session, (before, after) => {
        expect(applied(before, differenceOf(before, after, isCounter))).toEqual(after);
        expect(differenceOf(after, after, isCounter)).toEqual({ patch: null, nulls: [], sums: [], appends: [] });
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });

  test("SS1, SS2, SS8: says what was done, not what there is", () => {
    const before = { cart: { tea: { n: 1 }, jam: { n: 1 } }, visits: 3, seen: ["a"], list: [1], other: { deep: [1] } };
    const after = { cart: { tea: { n: 3 } }, visits: 5, seen: ["a", "b"], list: [2], other: { deep: [1] }, at: null };
    expect(differenceOf(before, after, countersAt(["visits", "cart.*.n"]))).toEqual({
      patch: { cart: { jam: null }, list: [2] },
      nulls: [["at"]],
      sums: [
        { path: ["cart", "tea", "n"], by: 2, isNew: false },
        { path: ["visits"], by: 2, isNew: false },
      ],
      appends: [{ path: ["seen"], items: ["b"] }],
    });
  });

  test.each([
    ["a fraction", 1, 1.5],
    ["a text", "1", 2],
    ["beyond exact integers", -(2 ** 53) + 1, 2 ** 53 - 1],
  ])("SS2: a counter that is %s is set", (_name, from, to) => {
    const { patch, sums } = differenceOf({ n: from }, { n: to }, countersAt(["n"]));
    expect([patch, sums]).toEqual([{ n: to }, []]);
  });

  test("in a hash, field by field", () => {
    const before = { user: "ann", visits: 1, gone: 1, cart: { tea: 1 } };
    const after = { user: "bob", visits: 4, cart: { tea: 1 }, hits: 2, nothing: null };
    expect(HASH_LAYOUT.changes(before, after, countersAt(["visits", "hits"]))).toEqual([
      ["HDEL", "gone"],
      ["HSET", "user", '"bob"', "nothing", "null"],
      ["HINCRBY", "visits", "3"],
      ["HINCRBY", "hits", "2"],
    ]);
  });
});
