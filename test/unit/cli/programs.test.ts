import { describe, expect, it } from "vitest";
import { allPrograms, findProgram } from "../../../src/cli/programs.ts";

describe("the programs", () => {
  it("are found by the names they give themselves, with the words behind", async () => {
    const names = (await allPrograms()).map(({ name }) => name);
    expect(names).toContain("node");
    expect(names).toContain("chaos run");
    for (const name of names) {
      const found = await findProgram([...name.split(" "), "--flag", "value"]);
      expect([found?.program.name, found?.rest]).toEqual([name, ["--flag", "value"]]);
      expect((await findProgram(name.split(" ")))?.rest).toEqual([]);
    }
  });

  it("are no others", async () => {
    for (const words of [[], [""], ["chaos"], ["admin", "--help"], ["toString"], ["constructor"], ["nodes"]]) {
      expect(await findProgram(words), words.join(" ")).toBeNull();
    }
  });
});
