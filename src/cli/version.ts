import { readFileSync } from "node:fs";

/** The nearest package.json above this file: the same in the sources and in what is built. */
function readVersion(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const parsed = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as {
        name?: string;
        version: string;
      };
      if (parsed.name === "antipode") return parsed.version;
    } catch {
      // Looked for one level too low.
    }
  }
  return "0.0.0";
}

export const VERSION = readVersion();
