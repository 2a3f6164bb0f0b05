import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { stderrLogger } from "../base/logger.ts";
import { decodeBatch } from "../crdt/batch-decoder.ts";
import { wallMsOfStamp } from "../crdt/hlc.ts";
import { OriginTable } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import { takeDirectory } from "../storage/directory.ts";
import { openLog } from "../storage/log/open-log.ts";
import { askMembers } from "./members-program.ts";
import { defineProgram } from "./program.ts";
import { parseHostPort, parseText, SettingError, type Setting } from "./setting.ts";

const SETTINGS = {
  data: {
    flag: "data",
    argument: "DIR",
    summary: "The data directory of the region that has left. It does not run.",
    parse: parseText,
  },
  admin: {
    flag: "admin",
    argument: "HOST:PORT",
    summary: "Admin address of a region that stays: it knows what was taken of the one that has left.",
    parse: parseHostPort,
  },
} as const satisfies Record<string, Setting<unknown>>;

const READ_BYTES = 4 * 1024 * 1024;

/** `antipode admin export-undelivered`: what a region that has left wrote, and nobody took. For a person to see, never merged. */
export const EXPORT_PROGRAM = defineProgram(
  "admin export-undelivered",
  "prints what a region that has left wrote and nobody took: a line of JSON a batch.",
  SETTINGS,
  async ({ data, admin }) => {
    if (data === undefined || admin === undefined) throw new SettingError("--data and --admin are needed");
    const directory = await takeDirectory(data);
    try {
      const region = directory.identity?.region;
      if (region === undefined) throw new SettingError(`${data} is no region's data directory`);
      const member = (await askMembers(admin)).find((one) => one.region === region);
      if (member?.frontier == null) throw new SettingError(`region "${region}" has not left the database`);
      if (member.awaited.length > 0) {
        throw new SettingError(`what was taken of "${region}" is not known yet: ${member.awaited.join(", ")} must say`);
      }
      const count = await exportBeyond(join(data, "log"), region, member.frontier);
      process.stderr.write(`${count} batches of region "${region}" were never taken by another\n`);
    } finally {
      await directory.release();
    }
    return 0;
  },
);

/** Prints the region's own batches behind `frontier`; answers how many. */
async function exportBeyond(directory: string, region: string, frontier: NamedVector): Promise<number> {
  const mark = (): Buffer => Buffer.alloc(0);
  const options = { directory, mode: "always", segmentBytes: READ_BYTES, recentBytesMax: 0, mark } as const;
  const log = openLog({ ...options, clock: systemClock() }, stderrLogger("warn"));
  const origins = new OriginTable();
  let count = 0;
  for (let next = log.firstLsn; next <= log.durableLsn;) {
    const records = await log.read(next, READ_BYTES);
    for (const { lsn, bytes } of records) {
      next = lsn + 1;
      const { origin, sequence, stamp, operations } = decodeBatch(bytes, origins);
      const id = origins.id(origin);
      if (origins.region(origin) !== region || sequence <= (frontier[id] ?? 0)) continue;
      count++;
      const at = new Date(wallMsOfStamp(stamp)).toISOString();
      process.stdout.write(`${JSON.stringify({ origin: id, sequence, at, operations }, plain)}\n`);
    }
  }
  await log.close();
  return count;
}

/** Whole numbers beyond a double, and bytes, as text. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
