import { describe, expect, test } from "vitest";
import { KeyWaiters, WAITED_KEYS_MAX, type KeyWaiter } from "../../../src/commands/key-waiters.ts";

interface Named extends KeyWaiter {
  readonly name: string;
}

function waiter(name: string, keys: readonly string[], endsWithKey = false): Named {
  return { name, db: 0, keys, endsWithKey };
}

const names = (waiters: Iterable<Named>): string[] => [...waiters].map(({ name }) => name);

describe("who waits for which keys", () => {
  test("first come, first served, by key", () => {
    const waiters = new KeyWaiters<Named>();
    const [first, second, third] = [waiter("first", ["a", "b"]), waiter("second", ["a"]), waiter("third", ["b", "b"])];
    for (const one of [first, second, third]) waiters.add(one);
    expect(names(waiters.waitingFor(0, "a"))).toEqual(["first", "second"]);
    expect(names(waiters.waitingFor(0, "b"))).toEqual(["first", "third"]);
    waiters.remove(first);
    expect(names(waiters.waitingFor(0, "b"))).toEqual(["third"]);
    expect(names(waiters.waitingFor(1, "b"))).toEqual([]);
  });

  test("only changes of keys that are waited for are news, in the order of the first of each", () => {
    const waiters = new KeyWaiters<Named>();
    expect(waiters.changed(0, "a")).toBe(false);
    waiters.add(waiter("one", ["a", "b"]));
    expect([waiters.changed(0, "b"), waiters.changed(0, "a"), waiters.changed(0, "b")]).toEqual([true, true, true]);
    expect([waiters.changed(0, "c"), waiters.changed(1, "a")]).toEqual([false, false]);
    expect(waiters.takeChanged()).toEqual([
      { db: 0, key: "b" },
      { db: 0, key: "a" },
    ]);
    expect(waiters.hasNews).toBe(false);
  });

  test("an emptied database is news only for who ends with a key", () => {
    const waiters = new KeyWaiters<Named>();
    waiters.add(waiter("one", ["a"]));
    expect(waiters.changed(0, null)).toBe(false);
    const ending = waiter("two", ["b"], true);
    waiters.add(ending);
    expect(waiters.changed(0, null)).toBe(true);
    expect(waiters.takeChanged()).toEqual([
      { db: 0, key: "a" },
      { db: 0, key: "b" },
    ]);
    waiters.remove(ending);
    expect(waiters.changed(0, null)).toBe(false);
  });

  test("the number of keys waited for is bounded, and comes back", () => {
    const waiters = new KeyWaiters<Named>();
    const one = waiter("one", ["a", "b"]);
    waiters.add(one);
    expect([waiters.hasRoomFor(WAITED_KEYS_MAX - 2), waiters.hasRoomFor(WAITED_KEYS_MAX - 1)]).toEqual([true, false]);
    waiters.remove(one);
    expect(waiters.hasRoomFor(WAITED_KEYS_MAX)).toBe(true);
  });
});
