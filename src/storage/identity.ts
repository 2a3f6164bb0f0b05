import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { passing } from "../base/crash-points.ts";
import { syncDirectorySync } from "./sync-directory.ts";

const IDENTITY_FILE = "identity.json";

/** Who a data directory belongs to, and how often a process has started on it: every start is an incarnation of its own. */
export interface Identity {
  /** Format of the whole directory. */
  readonly format: number;
  readonly region: string;
  readonly starts: number;
}

/** Null in a new directory; "damaged" when it is there and not readable. */
export function readIdentity(directory: string): Identity | "damaged" | null {
  const file = join(directory, IDENTITY_FILE);
  if (!existsSync(file)) return null;
  try {
    const { format, region, starts } = JSON.parse(readFileSync(file, "utf8")) as Partial<Identity>;
    if (!Number.isSafeInteger(format) || typeof region !== "string" || !Number.isSafeInteger(starts)) return "damaged";
    return { format: format!, region, starts: starts! };
  } catch {
    return "damaged";
  }
}

/** Whole or not at all, and on the disk before it returns: a start must never be forgotten. */
export function writeIdentity(directory: string, identity: Identity): void {
  passing("identity-before-write");
  const file = join(directory, IDENTITY_FILE);
  const fd = openSync(`${file}.new`, "w", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(identity)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  passing("identity-unnamed");
  renameSync(`${file}.new`, file);
  passing("identity-named");
  syncDirectorySync(directory);
}
