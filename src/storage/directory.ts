import {
  accessSync,
  constants,
  existsSync,
  fsyncSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { syncDirectorySync } from "./sync-directory.ts";

/** The data directory cannot be used; the message is one line for a person. */
export class DirectoryError extends Error {
  override readonly name = "DirectoryError";
}

export const DIRECTORY_FORMAT = 1;
const IDENTITY_FILE = "identity.json";

/** Who the directory belongs to, and how often a process has started on it. */
export interface Identity {
  readonly format: number;
  readonly region: string;
  readonly starts: number;
}

/** A directory that is ours until `release` or the end of the process, whatever end that is. */
export interface HeldDirectory {
  readonly path: string;
  /** As the directory says now; null in a new one. Throws DirectoryError when it is not readable. */
  readonly identity: Identity | null;
  writeIdentity(identity: Identity): void;
  release(): Promise<void>;
}

/**
 * Takes a data directory, creating it where need be. The lock is a socket name in the kernel's abstract namespace made of the
 * directory's device and inode: taking it is atomic, it follows the directory through renames, and it goes with the process,
 * so that nothing stale is left after kill -9. (Linux; elsewhere the name is a path in the directory that Node unlinks.)
 */
export async function takeDirectory(path: string): Promise<HeldDirectory> {
  const stat = prepare(path);
  const name = process.platform === "linux" ? `\0antipode-${stat.dev}-${stat.ino}` : join(path, "lock.sock");
  const server = createServer((socket) => socket.end(`${process.pid}\n`));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === "EADDRINUSE" ? "is in use by another process" : `cannot be locked (${error.message})`;
      reject(new DirectoryError(`data directory ${path} ${reason}`));
    });
    server.listen(name, resolve);
  });
  server.unref();
  return {
    path,
    get identity() {
      return readIdentity(path);
    },
    writeIdentity: (identity) => writeIdentity(path, identity),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function prepare(path: string): { readonly dev: number; readonly ino: number } {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stat = statSync(path);
    if (!stat.isDirectory()) throw new DirectoryError(`data directory ${path} is not a directory`);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return stat;
  } catch (error) {
    if (error instanceof DirectoryError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DirectoryError(`data directory ${path} cannot be written: ${code ?? message}`);
  }
}

function readIdentity(path: string): Identity | null {
  const file = join(path, IDENTITY_FILE);
  if (!existsSync(file)) return null;
  let identity: Identity;
  try {
    identity = JSON.parse(readFileSync(file, "utf8")) as Identity;
  } catch {
    throw new DirectoryError(
      `${file} is damaged: restore it, or start from an empty directory and let peers refill it`,
    );
  }
  if (identity.format > DIRECTORY_FORMAT) {
    throw new DirectoryError(
      `data directory ${path} has format ${identity.format}; this version reads up to ${DIRECTORY_FORMAT}`,
    );
  }
  return identity;
}

/** Whole or not at all, and durable before it returns: a start must never be forgotten. */
function writeIdentity(path: string, identity: Identity): void {
  const file = join(path, IDENTITY_FILE);
  const fd = openSync(`${file}.new`, "w", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(identity)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.new`, file);
  syncDirectorySync(path);
}
