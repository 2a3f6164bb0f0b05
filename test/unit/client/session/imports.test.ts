import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ENTRY = new URL("../../../../src/client/session/index.ts", import.meta.url);
/** Imports and exports that are still there once types are gone. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gmu;

function reachable(): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (url: URL): void => {
    if (files.has(url.href)) return;
    files.add(url.href);
    for (const [, name] of readFileSync(fileURLToPath(url), "utf8").matchAll(IMPORT)) {
      if (name!.startsWith(".")) visit(new URL(name!, url));
      else packages.add(name!);
    }
  };
  visit(ENTRY);
  return { files, packages };
}

test("the session stores bring no server, no client library and no framework along", () => {
  const { files, packages } = reachable();
  expect(files.size).toBeGreaterThan(15);
  for (const file of files) expect(file).toMatch(/\/src\/(client|base)\//u);
  expect([...packages].toSorted()).toEqual(["node:crypto"]);
});
