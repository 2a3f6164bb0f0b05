import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FAULTS } from "../../../chaos/faults/all-faults.ts";
import { listScenarios } from "../../../chaos/scenario/find-scenario.ts";
import { WORKLOADS } from "../../../chaos/workloads/all-workloads.ts";

interface Kind {
  readonly summary: string;
  readonly words: readonly (readonly [word: string, fallback: unknown])[];
}

function rowOf([name, { summary, words }]: readonly [string, Kind]): string {
  const told = words.map(([word, fallback]) =>
    fallback === undefined ? `\`${word}\`` : `\`${word}\` (${JSON.stringify(fallback)})`,
  );
  return `| \`${name}\` | ${told.join(", ")} | ${summary} |`;
}

function renderReference(): string {
  const kinds = (table: Readonly<Record<string, Kind>>): string =>
    ["| kind | words (default) | what it does |", "| --- | --- | --- |", ...Object.entries(table).map(rowOf)].join(
      "\n",
    );
  const scenarios = listScenarios().map(
    ({ name, title, durationS, ciS, faults }) =>
      `| \`${name}\` | ${title} | ${faults.map(({ kind }) => kind).join(", ")} | ${ciS} s / ${durationS} s |`,
  );
  return `# Chaos reference

Made from the code; do not edit. What the words mean in a file: [chaos](chaos.md).

## Scenarios

| name | what happens | faults | ci / nightly |
| --- | --- | --- | --- |
${scenarios.join("\n")}

## Faults

${kinds(FAULTS)}

## Workloads

${kinds(WORKLOADS)}
`;
}

describe("the chaos reference", () => {
  it("docs/chaos-reference.md is what the code says", async () => {
    const path = fileURLToPath(new URL("../../../docs/chaos-reference.md", import.meta.url));
    await expect(renderReference()).toMatchFileSnapshot(path);
  });
});
