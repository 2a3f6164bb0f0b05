import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readScenario, type Scenario } from "./scenario.ts";

/** A scenario was named that is not there, or its file is no scenario. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** The scenarios that come with the harness: found from the sources and from what was built of them. */
export function scenarioDirectory(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const directory = join(at, "chaos", "scenarios");
    if (existsSync(join(directory, "outage.json"))) return directory;
  }
  throw new ScenarioError("the scenarios that belong to this program are not installed with it");
}

export function listScenarios(): readonly Scenario[] {
  const directory = scenarioDirectory();
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => readFile(join(directory, name)));
}

/** By the name of one that comes with the harness, or by the path of a file. */
export function findScenario(nameOrPath: string): Scenario {
  const own = join(scenarioDirectory(), `${nameOrPath}.json`);
  if (/^[a-z0-9-]+$/u.test(nameOrPath) && existsSync(own)) return readFile(own);
  if (existsSync(nameOrPath)) return readFile(nameOrPath);
  throw new ScenarioError(`"${nameOrPath}" is no scenario and no file; antipode chaos list names what there is`);
}

function readFile(path: string): Scenario {
  try {
    return readScenario(JSON.parse(readFileSync(path, "utf8")), "scenario");
  } catch (error) {
    throw new ScenarioError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
