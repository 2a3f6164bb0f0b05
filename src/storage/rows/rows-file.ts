import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { passing } from "../../base/crash-points.ts";
import { syncDirectorySync } from "../sync-directory.ts";

/** LMDB's table of readers; it means nothing once nobody has the store open. */
const LOCK_SUFFIX = "-lock";

/** Removes a store that nobody has open, if there is one. */
export function removeRows(path: string): void {
  rmSync(path, { force: true });
  rmSync(path + LOCK_SUFFIX, { force: true });
}

/** The store at `from` takes the place of the one at `to`, whole or not at all. Nobody has either open. */
export function replaceRows(from: string, to: string): void {
  rmSync(from + LOCK_SUFFIX, { force: true });
  rmSync(to + LOCK_SUFFIX, { force: true });
  passing("snapshot-before-rename");
  renameSync(from, to);
  passing("snapshot-renamed");
  syncDirectorySync(dirname(to));
}
