import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "node:child_process";
import { ChildProgram, type Program } from "../../chaos/world/child-program.ts";
import type { NodeReady } from "../../chaos/world/start-world.ts";

/** The built command line, run as a user would. */
export const PROGRAM: Program = {
  command: process.execPath,
  args: [fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))],
};

export const TOKEN = "t0ken";
export const READ_ONLY_TOKEN = "r3adonly";

/** A directory below the system's, removed by `clean`. */
export class Scratch {
  readonly #made: string[] = [];

  directory(): string {
    const path = mkdtempSync(join(tmpdir(), "antipode-test-"));
    this.#made.push(path);
    return path;
  }

  clean(): void {
    for (const path of this.#made.splice(0)) rmSync(path, { recursive: true, force: true });
  }
}

export interface NodeStart {
  readonly region?: string;
  readonly data: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** One region's node on ports that the system picks. */
export function startNode(start: NodeStart): Promise<ChildProgram<NodeReady>> {
  const address = "127.0.0.1:0";
  const doors = ["--resp", address, "--rest", address, "--gossip", address, "--admin", address];
  const args = ["node", "--region", start.region ?? "solo", "--data", start.data, ...doors, "--segment-bytes", "4mb"];
  const environment = {
    ANTIPODE_TOKEN: TOKEN,
    ANTIPODE_READ_ONLY_TOKEN: READ_ONLY_TOKEN,
    ANTIPODE_SECRET: "s3cret",
    ...start.environment,
  };
  return ChildProgram.start<NodeReady>("node", PROGRAM, [...args, ...(start.args ?? [])], environment, 20_000);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(PROGRAM.command, [...PROGRAM.args, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Polls until `condition` holds; fails with `what` after `deadlineMs`. */
export async function waitFor(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs = 10_000,
  everyMs = 10,
): Promise<void> {
  const giveUp = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > giveUp) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export function hostPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}
