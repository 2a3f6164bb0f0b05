import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Disks of a few megabytes each, in memory, for regions whose disk is to run full. Needs Linux and root. */
export class SmallDisks {
  readonly #mounted: string[] = [];
  /** Data directories by region. */
  readonly directories: Record<string, string> = {};

  /** Answers why it cannot be had, null when it is there. */
  mount(region: string, megabytes: number, below: string): string | null {
    const point = join(below, `disk-${region}`);
    mkdirSync(point, { recursive: true });
    const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", point], {
      encoding: "utf8",
    });
    if (status !== 0) return error?.message ?? stderr.trim();
    this.#mounted.push(point);
    this.directories[region] = join(point, region);
    return null;
  }

  unmount(): void {
    for (const point of this.#mounted.splice(0)) spawnSync("umount", ["--lazy", point]);
  }
}
