import { join } from "node:path";
import { decodeCheckpointHead, encodeMark } from "../keyspace/checkpoint-head.ts";
import { takeDirectory } from "../storage/directory.ts";
import { repairLog } from "../storage/log/repair-log.ts";
import { LmdbRows } from "../storage/rows/lmdb-rows.ts";
import { defineProgram } from "./program.ts";
import { parseText, SettingError, type Setting } from "./setting.ts";

const REPAIR_SETTINGS = {
  data: {
    flag: "data",
    argument: "DIR",
    summary: "The data directory of a region that does not run.",
    parse: parseText,
  },
} as const satisfies Record<string, Setting<unknown>>;

/** `antipode admin repair`: a way out of a damaged log. */
export const REPAIR_PROGRAM = defineProgram(
  "admin repair",
  "cuts a damaged log at the damage, deleting nothing; peers refill what is missing.",
  REPAIR_SETTINGS,
  async (values) => {
    if (values.data === undefined) throw new SettingError("--data is needed: the data directory to repair");
    const directory = await takeDirectory(values.data);
    const rows = LmdbRows.open(join(values.data, "rows.mdb"));
    const head = decodeCheckpointHead(rows.head());
    await rows.close();
    // What the rows contain needs no log; what lies behind that and is still readable is kept.
    const position = { lsn: head.lsn, mark: encodeMark(head.vector, head.origins, 0) };
    const repaired = repairLog(join(values.data, "log"), head.lsn === 0 ? null : position);
    await directory.release();
    if (repaired.length === 0) process.stdout.write("the log is whole: nothing was changed\n");
    for (const { path, setAside, keptUpTo } of repaired) {
      process.stdout.write(`${path}: kept up to position ${keptUpTo}; the damaged file is ${setAside}\n`);
    }
    return 0;
  },
);
