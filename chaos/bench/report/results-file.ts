import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchResult } from "../bench-result.ts";
import type { BenchRow } from "../comparison.ts";
import type { Surroundings } from "../surroundings.ts";

/** What `--out` wrote, in one run or another; older files lack some of it. */
export interface ResultsFile extends Partial<Surroundings>, BenchResult {
  readonly name: string;
  readonly version?: string;
  readonly rounds?: number;
  /** Settings by their names in the program; a flag is the same in kebab-case. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** A measure, and the file it comes from. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly file: ResultsFile;
}

/** All files of a directory that have measures, the newest first: by their names, which begin with a date. */
export function readResults(directory: string): readonly ResultsFile[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .toReversed()
    .map((name): ResultsFile => ({ ...(JSON.parse(readFileSync(join(directory, name), "utf8")) as object), name }));
}

/** The newest there is of something; null where there is none. */
export function newest<Value>(
  files: readonly ResultsFile[],
  pick: (file: ResultsFile) => Value | null | undefined,
): Sourced<Value> | null {
  for (const file of files) {
    const value = pick(file);
    if (value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)) return { value, file };
  }
  return null;
}

/** The newest rows of each of these works, in their order. */
export function newestRows(files: readonly ResultsFile[], works: readonly string[]): readonly Sourced<BenchRow>[] {
  return works.flatMap((work) => {
    const found = newest(files, ({ throughput }) => throughput?.filter((row) => row.work === work));
    return (found?.value ?? []).map((value) => ({ value, file: found!.file }));
  });
}
