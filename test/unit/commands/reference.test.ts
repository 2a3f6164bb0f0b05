import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/commands/command-table.ts";
import type { Command } from "../../../src/commands/define-command.ts";
import { renderCommandReference } from "../../../src/commands/reference.ts";

const here = new URL(".", import.meta.url);

function everyCommand(): Command[] {
  return [...COMMANDS.values()].flatMap((command) => [command, ...command.subcommands.values()]);
}

describe("the command table", () => {
  test("docs/commands.md says what the table says (vitest -u writes it)", async () => {
    await expect(renderCommandReference()).toMatchFileSnapshot("../../../docs/commands.md");
  });

  test("every command has a summary, a complexity and a sentence on convergence", () => {
    for (const { name, summary, complexity, convergence } of everyCommand()) {
      expect([name, summary.length > 10, complexity.length > 3, convergence.length > 10]).toEqual([
        name,
        true,
        true,
        true,
      ]);
    }
  });

  test("every command that writes names the rules it follows", () => {
    for (const { name, isWrite, convergence } of everyCommand()) {
      if (isWrite) expect([name, convergence]).toEqual([name, expect.stringMatching(/\b[A-Z][0-9]+/u)]);
    }
  });

  test("every command is run by some test", () => {
    const files = readdirSync(here).filter((file) => file.endsWith(".test.ts") && file !== "reference.test.ts");
    const texts = files.map((file) => readFileSync(new URL(file, here), "utf8").toLowerCase()).join("\n");
    const untested = everyCommand()
      .filter(({ kind }) => kind !== "container")
      .map(({ name }) => name.toLowerCase())
      .filter((name) => !appears(texts, name));
    expect(untested).toEqual([]);
  });

  test("declarations are sound", () => {
    for (const { name, arity, keySpecs, isWrite, isReadOnly, nameWords, kind, flags } of everyCommand()) {
      expect([name, isWrite && isReadOnly]).toEqual([name, false]);
      expect([name, Math.abs(arity) >= nameWords]).toEqual([name, true]);
      for (const spec of keySpecs) {
        if ("first" in spec) expect([name, spec.first < Math.abs(arity) + 1]).toEqual([name, true]);
      }
      // One that writes and then waits has a transaction of its own, so it cannot stand in one.
      const standsAlone = flags.includes("no_multi") && flags.includes("noscript");
      if (isWrite && !standsAlone) expect([name, kind]).toEqual([name, "data"]);
    }
  });
});

/** The name begins a quoted text: `"get k"`, `["set", …`, or for a subcommand its word does. */
function appears(texts: string, name: string): boolean {
  const second = name.split(" ")[1];
  // Names have letters and hyphens alone: nothing to escape.
  const quoted = (word: string): boolean => new RegExp(`["'\`]${word}[\\s"'\`]`).test(texts);
  return quoted(name) || (second !== undefined && quoted(second));
}
