import { readFileSync } from "node:fs";

/** Memory of a process, bytes. */
export interface Resident {
  /** Its own: all that is resident but pages of files below the directory asked about. */
  readonly ownBytes: number;
  /** Pages of those files: the system takes them back when it needs them. */
  readonly mappedBytes: number;
}

const MAPPING = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$/u;
const RSS = /^Rss: +(\d+) kB$/u;

/** Reads /proc/PID/smaps, which Linux alone has. */
export function residentOf(pid: number, directory: string): Resident {
  let ownBytes = 0;
  let mappedBytes = 0;
  let isMapped = false;
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const mapping = MAPPING.exec(line);
    if (mapping !== null) isMapped = mapping[1]!.startsWith(directory);
    const bytes = Number(RSS.exec(line)?.[1] ?? 0) * 1024;
    if (isMapped) mappedBytes += bytes;
    else ownBytes += bytes;
  }
  return { ownBytes, mappedBytes };
}
