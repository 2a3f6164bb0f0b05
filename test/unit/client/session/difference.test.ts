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

  test("in a hash, value by value", () => {
    const before = { user: "ann", visits: 1, gone: 1, cart: { tea: { n: 1 }, "a.b\\": {} }, old: { deep: 1 } };
    const after = { user: "bob", visits: 4, cart: { tea: { n: 3 }, "a.b\\": {} }, hits: 2, nothing: null, old: {} };
    expect(HASH_LAYOUT.changes(before, after, countersAt(["visits", "hits", "cart.*.n"]))).toEqual([
      ["HDEL", "gone", "old.deep"],
      ["HSET", "user", '"bob"', "nothing", "null", "old", "{}"],
      ["HINCRBY", "visits", "3"],
      ["HINCRBY", "cart.tea.n", "2"],
      ["HINCRBY", "hits", "2"],
    ]);
    expect(HASH_LAYOUT.whole({ cart: before.cart }, "g", NONE)).toEqual([
      ["HSET", "_generation", "g", "cart.tea.n", "1", "cart.a\\.b\\\\", "{}"],
    ]);
  });

  test("SS1: a hash with it is what is saved", () => {
    fc.assert(
      fc.property(session, session, (before, after) => {
        const hash = hashAfter(new Map(), HASH_LAYOUT.whole(before, "g", NONE));
        hashAfter(hash, HASH_LAYOUT.changes(before, after, countersAt(["visits", "*.visits", ["x.y", "*"]])));
        expect(HASH_LAYOUT.read([...hash].flat())).toEqual({ generation: "g", data: after });
        expect(HASH_LAYOUT.read(new Map(hash))).toEqual(HASH_LAYOUT.read(Object.fromEntries(hash)));
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });

  test("SS1: in a hash what lies beneath a value hides it, and takes it along", () => {
    const hash = new Map([
      ["cart", "5"],
      ["cart.tea", "1"],
    ]);
    const { data } = HASH_LAYOUT.read(hash)!;
    expect(data).toEqual({ cart: { tea: 1 } });
    hashAfter(hash, HASH_LAYOUT.changes(data, {}, NONE));
    expect(hash.size).toBe(0);
  });

  test("long ones go in parts", () => {
    const many = Object.fromEntries(Array.from({ length: 2_500 }, (_, index) => [`k${index}`, index]));
    const commands = [...HASH_LAYOUT.whole(many, "g", NONE), ...HASH_LAYOUT.changes(many, {}, NONE)];
    expect(commands.every((command) => command.length <= 1_001)).toBe(true);
    expect(hashAfter(new Map(), commands)).toEqual(new Map([["_generation", "g"]]));
  });
});

/** What HDEL, HSET and HINCRBY make of a hash. */
function hashAfter(hash: Map<string, string>, commands: readonly (readonly string[])[]): Map<string, string> {
  for (const [name, ...words] of commands) {
    if (name === "HDEL") for (const field of words) hash.delete(field);
    else if (name === "HINCRBY") hash.set(words[0]!, String(Number(hash.get(words[0]!) ?? "0") + Number(words[1])));
    else for (let at = 0; at < words.length; at += 2) hash.set(words[at]!, words[at + 1]!);
  }
  return hash;
}
