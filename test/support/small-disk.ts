import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Why no small disk can be had here; null where it can. */
export const noSmallDisk: string | null = tryMount();

/** A file system of its own at `path`, so large and no larger; answers how to take it away. Needs root. */
export function mountSmallDisk(path: string, bytes: number): () => void {
  mkdirSync(path, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "antipode-test", path);
  return () => run("umount", "-l", path);
}

function tryMount(): string | null {
  if (process.platform !== "linux") return "tmpfs is Linux'";
  const path = `/dev/shm/antipode-mount-${process.pid}`;
  try {
    mountSmallDisk(path, 1 << 20)();
    execFileSync("rmdir", [path]);
    return null;
  } catch (error) {
    return `mount is not permitted here: ${(error as Error).message.split("\n")[0]!.slice(0, 100)}`;
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}
