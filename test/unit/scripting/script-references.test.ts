import { describe, expect, it } from "vitest";
import { ScriptReferences } from "../../../src/scripting/script-references.ts";

const MAX = 4096;

describe("references of compiled scripts", () => {
  it("go in the order of their last use", () => {
    const references = new ScriptReferences();
    for (let index = 0; index < MAX; index++) expect(references.add(`sha ${index}`, index)).toBeNull();
    expect(references.use("sha 0")).toBe(0);
    expect(references.use("sha 0")).toBe(0);
    expect(references.use("sha 2")).toBe(2);
    expect(references.add("new", MAX)).toBe(1);
    expect(references.add("newer", MAX + 1)).toBe(3);
    expect(references.use("sha 1")).toBeUndefined();
    expect(references.use("sha 0")).toBe(0);
    expect(references.use("new")).toBe(MAX);
  });
});
