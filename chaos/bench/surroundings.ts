import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

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
  /** What programs say of their version, first line; those that were not found, or do not say, are not in it. */
  readonly peers: Readonly<Record<string, string>>;
}

const PEERS = ["redis-server", "keydb-server", "haproxy", "nginx"];

export function surroundings(nowMs: number, projectDirectory: string): Surroundings {
  const versions = PEERS.map((program) => [program, output(program, ["-v"]).split("\n")[0]!.trim()] as const);
  return {
    takenAt: new Date(nowMs).toISOString(),
    commit: commitOf(projectDirectory),
    node: process.version,
    kernel: release(),
    processor: cpus()[0]?.model ?? "",
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadBefore: loadavg(),
    peers: Object.fromEntries(versions.filter(([, version]) => version !== "")),
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
