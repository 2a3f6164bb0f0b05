import { statfs } from "node:fs/promises";

/** `full`: writes are refused. It takes half as much again to leave that state, so that it does not flap. A minimum of 0: never. */
export type DiskState = "ok" | "full";

export function diskState(freeBytes: number, freeMinBytes: number, present: DiskState): DiskState {
  if (freeMinBytes === 0) return "ok";
  if (freeBytes < freeMinBytes) return "full";
  return present === "full" && freeBytes < freeMinBytes * 1.5 ? "full" : "ok";
}

/** Watches the free space of a directory's disk, less what is owed to it: what was taken in and is still to be written. */
export class DiskSpace {
  readonly #path: string;
  readonly #freeMinBytes: number;
  #state: DiskState = "ok";
  #freeBytes = Number.POSITIVE_INFINITY;
  #owedBytes = 0;

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

  get owedBytes(): number {
    return this.#owedBytes;
  }

  get freeMinBytes(): number {
    return this.#freeMinBytes;
  }

  /** Looks; call about once a second. Counts as not free: `owedBytes`, what is to be written whoever refuses what now. */
  async look(owedBytes: number): Promise<void> {
    const stat = await statfs(this.#path);
    this.#freeBytes = stat.bavail * stat.bsize;
    this.#owedBytes = owedBytes;
    this.#state = diskState(this.#freeBytes - owedBytes, this.#freeMinBytes, this.#state);
  }
}
