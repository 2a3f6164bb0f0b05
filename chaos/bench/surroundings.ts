import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { onPath } from "./redis-peer.ts";

/** What figures are worth nothing without. */
export interface Surroundings {
  readonly takenAt: string;
  /** Of the sources that were measured, `-dirty` where they were changed; empty outside a repository. */
  readonly commit: string;
  readonly node: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** The system's load over 1, 5 and 15 minutes when it began: anything near the number of cores spoils figures. */
  readonly loadBefore: readonly number[];
  /**
   * What programs say of their version, first line; those that were not found are not in it. Webdis does not say:
   * its package's, or `unknown`.
   */
  readonly peers: Readonly<Record<string, string>>;
}

/** `keydb`: the program that is measured, where it is not the one on PATH. */
export function surroundings(nowMs: number, projectDirectory: string, keydb: string | null): Surroundings {
  const versions: Record<string, string> = {};
  const programs = { "redis-server": "redis-server", "keydb-server": keydb ?? "keydb-server" };
  for (const [name, program] of Object.entries({ ...programs, haproxy: "haproxy", nginx: "nginx" })) {
    const version = output(program, ["-v"]).split("\n")[0]!.trim();
    if (version !== "") versions[name] = version;
  }
  if (onPath("webdis") !== null) versions["webdis"] = `webdis ${packageVersion("webdis") ?? "unknown"}`;
  return {
    takenAt: new Date(nowMs).toISOString(),
    commit: commitOf(projectDirectory),
    node: process.version,
    kernel: release(),
    processor: cpus()[0]?.model ?? "",
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadBefore: loadavg(),
    peers: versions,
  };
}

function commitOf(directory: string): string {
  const { status, stdout } = spawnSync("git", ["-C", directory, "describe", "--always", "--dirty", "--exclude=*"], {
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : "";
}

/** Of both streams: nginx says its version to standard error. Empty when it cannot be run. */
function output(program: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 5_000 });
  return error === undefined ? stdout || stderr : "";
}

/** Of a Debian package; null where there is no such package, or no dpkg. */
function packageVersion(name: string): string | null {
  const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f", "${Version}", name], { encoding: "utf8" });
  return status === 0 && stdout !== "" ? stdout.trim() : null;
}
