import { describe, expect, it } from "vitest";
import { SYSTEM_DATABASE } from "../../../src/crdt/operations/operation-kind.ts";
import { Watchers } from "../../../src/keyspace/watchers.ts";

describe("who listens to changes of keys", () => {
  it("hears of every database, or of the one behind them alone, until it is told to stop", () => {
    const watchers = new Watchers();
    const heard: string[] = [];
    const stopAll = watchers.listen((db, key) => heard.push(`${db} ${key}`));
    const stopSystem = watchers.listenToSystem((key) => heard.push(`system ${key}`));
    watchers.changed(3, "a");
    watchers.changed(SYSTEM_DATABASE, "users");
    watchers.cleared(3);
    watchers.cleared(SYSTEM_DATABASE);
    const system = `${SYSTEM_DATABASE}`;
    const expected = ["3 a", `${system} users`, "system users", "3 null", `${system} null`, "system null"];
    expect(heard.splice(0)).toEqual(expected);
    stopSystem();
    watchers.changed(SYSTEM_DATABASE, "users");
    expect(heard.splice(0)).toEqual([`${system} users`]);
    stopAll();
    watchers.changed(3, "a");
    expect(heard).toEqual([]);
  });

  it("may stop while it is told", () => {
    const watchers = new Watchers();
    const heard: string[] = [];
    const stop = watchers.listen(() => {
      heard.push("first");
      stop();
    });
    watchers.listen(() => heard.push("second"));
    watchers.changed(0, "a");
    watchers.changed(0, "a");
    expect(heard).toEqual(["first", "second", "second"]);
  });
});
