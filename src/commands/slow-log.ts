import type { BinaryString } from "../base/bytes.ts";

/** Arguments kept of one entry, and bytes of one argument: Redis' own limits. */
const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;

export interface SlowLogEntry {
  readonly id: number;
  readonly atMs: number;
  readonly micros: number;
  readonly args: readonly BinaryString[];
  readonly address: string;
  readonly clientName: string;
}

/** The slowest commands of late, newest first. */
export class SlowLog {
  #entries: SlowLogEntry[] = [];
  #nextId = 0;

  get length(): number {
    return this.#entries.length;
  }

  add(entry: Omit<SlowLogEntry, "id">, lengthMax: number): void {
    this.#entries.unshift({ ...entry, args: shortened(entry.args), id: this.#nextId++ });
    if (this.#entries.length > lengthMax) this.#entries.length = lengthMax;
  }

  newest(count: number): readonly SlowLogEntry[] {
    return this.#entries.slice(0, count);
  }

  reset(): void {
    this.#entries = [];
  }
}

function shortened(args: readonly BinaryString[]): BinaryString[] {
  const tooMany = args.length > ARGUMENTS_MAX;
  const shown = args.slice(0, tooMany ? ARGUMENTS_MAX - 1 : ARGUMENTS_MAX).map((argument) => {
    const more = argument.length - ARGUMENT_BYTES_MAX;
    return more > 0 ? `${argument.slice(0, ARGUMENT_BYTES_MAX)}... (${more} more bytes)` : argument;
  });
  if (tooMany) shown.push(`... (${args.length - ARGUMENTS_MAX + 1} more arguments)`);
  return shown;
}
