import { statfs } from "node:fs/promises";

/** `full`: writes are refused. It takes half as much again to leave that state, so that it does not flap. */
export type DiskState = "ok" | "full";

export function diskState(freeBytes: number, freeMinBytes: number, present: DiskState): DiskState {
  if (freeBytes < freeMinBytes) return "full";
  return present === "full" && freeBytes < freeMinBytes * 1.5 ? "full" : "ok";
}

/** Watches the free space of a directory's disk. */
export class DiskSpace {
  readonly #path: string;
  readonly #freeMinBytes: number;
  #state: DiskState = "ok";
  #freeBytes = Number.POSITIVE_INFINITY;

  constructor(path: string, freeMinBytes: number) {
    this.#path = path;
    this.#freeMinBytes = freeMinBytes;
  }

  get state(): DiskState {
    return this.#state;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get freeMinBytes(): number {
    return this.#freeMinBytes;
  }

  /** Looks; call about once a second. */
  async look(): Promise<void> {
    const stat = await statfs(this.#path);
    this.#freeBytes = stat.bavail * stat.bsize;
    this.#state = diskState(this.#freeBytes, this.#freeMinBytes, this.#state);
  }
}
