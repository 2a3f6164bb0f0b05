import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ToxiproxySource } from "./toxiproxy-links.ts";

/** Looks at TOXIPROXY_URL, then on PATH, then where `npm run toxiproxy` builds it below `projectDir`. */
export function findToxiproxy(
  projectDir: string,
  environment: NodeJS.ProcessEnv = process.env,
): ToxiproxySource | null {
  const url = environment["TOXIPROXY_URL"];
  if (url !== undefined && url !== "") return { kind: "url", url };
  const candidates = (environment["PATH"] ?? "").split(delimiter).map((dir) => join(dir, "toxiproxy-server"));
  candidates.push(join(projectDir, ".cache", "toxiproxy", "toxiproxy-server"));
  const path = candidates.find((candidate) => existsSync(candidate));
  return path === undefined ? null : { kind: "binary", path };
}

/** Builds the pinned server where Go can (about a minute, once); answers null, and why, where it cannot. */
export function buildToxiproxy(
  projectDir: string,
): Promise<{ readonly source: ToxiproxySource | null; readonly why: string }> {
  return new Promise((resolve) => {
    const script = join(projectDir, "scripts", "build-toxiproxy.mjs");
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
    let why = "";
    child.stderr.on("data", (chunk: Buffer) => (why += chunk.toString()));
    child.once("error", (error) => resolve({ source: null, why: error.message }));
    child.once("close", (code) =>
      resolve({ source: code === 0 ? findToxiproxy(projectDir) : null, why: why.trim().split("\n").at(-1) ?? "" }),
    );
  });
}
