import { accessSync, closeSync, constants, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { readIdentity, writeIdentity, type Identity } from "./identity.ts";

/** The data directory cannot be used; the message is one line for a person. */
export class DirectoryError extends Error {
  override readonly name = "DirectoryError";
}

export const DIRECTORY_FORMAT = 2;
/** How long the owner's answer is waited for: only its process number for the message depends on it. */
const ANSWER_WITHIN_MS = 500;
const LOCK_FILE = "lock.sock";

/** A directory that is ours until `release` or the end of the process, whatever end that is. */
export interface HeldDirectory {
  readonly path: string;
  /** As the directory says now; null in a new one. Throws DirectoryError when it is not readable. */
  readonly identity: Identity | null;
  writeIdentity(identity: Identity): void;
  release(): Promise<void>;
}

/**
 * Takes a data directory, creating it where need be, and keeps other processes out of it (see `lockDirectory`). Throws
 * DirectoryError when it cannot be used or somebody has it.
 */
export async function takeDirectory(path: string): Promise<HeldDirectory> {
  prepare(path);
  let lock: DirectoryLock;
  try {
    lock = await lockDirectory(path);
  } catch (error) {
    const reason = error instanceof LockedError ? error.message : `cannot be locked: ${(error as Error).message}`;
    throw new DirectoryError(`data directory ${path} ${reason}`);
  }
  return {
    path,
    get identity() {
      return checkedIdentity(path);
    },
    writeIdentity: (identity) => writeIdentity(path, identity),
    release: () => lock.release(),
  };
}

function prepare(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") throw new DirectoryError(`data directory ${path} is not a directory`);
    throw new DirectoryError(`data directory ${path} cannot be written: ${code ?? message}`);
  }
}

function checkedIdentity(path: string): Identity | null {
  const identity = readIdentity(path);
  if (identity === "damaged") {
    throw new DirectoryError(
      `${path}/identity.json is damaged: restore it, or start from an empty directory and let peers refill it`,
    );
  }
  if (identity !== null && identity.format > DIRECTORY_FORMAT) {
    throw new DirectoryError(
      `data directory ${path} has format ${identity.format}; this version reads up to ${DIRECTORY_FORMAT}`,
    );
  }
  return identity;
}

interface DirectoryLock {
  release(): Promise<void>;
}

/** Somebody has the directory; the message names the process if it answers. */
class LockedError extends Error {
  override readonly name = "LockedError";
  constructor(owner: number | null) {
    super(owner === null ? "is in use by another process" : `is in use by process ${owner}`);
  }
}

/**
 * One process a directory. Node has no flock; listening on a socket name is as good: taking it is atomic, and it ends with the
 * process however that ends, so that nothing stale is left after kill -9.
 *
 * Two names are taken. The first is in the kernel's abstract namespace, made of the directory's device and inode, so that no two
 * paths to one directory differ; it decides every race. But containers that share a volume have namespaces of their own. So the
 * second is a socket file in the directory, which is seen wherever the directory is; one that nobody listens on is left from a
 * killed process and is replaced. What remains open: two starts in two containers within the same fraction of a millisecond, and
 * two machines on one network file system. (Where there is no abstract namespace, the file alone decides.)
 */
async function lockDirectory(path: string): Promise<DirectoryLock> {
  const abstract = process.platform === "linux" ? await listen(abstractName(path)) : null;
  try {
    const file = await lockFile(path);
    return {
      release: async () => {
        await file?.release();
        if (abstract !== null) await close(abstract);
      },
    };
  } catch (error) {
    if (abstract !== null) await close(abstract);
    throw error;
  }
}

function abstractName(path: string): string {
  const { dev, ino } = statSync(path);
  return `\0antipode-${dev}-${ino}`;
}

/** Null where the file system knows no sockets and the abstract name must do. */
async function lockFile(path: string): Promise<DirectoryLock | null> {
  // A socket's name ends at about 100 bytes; through the open directory it is short however deep that is.
  const fd = openSync(path, constants.O_RDONLY);
  const name = join(process.platform === "linux" ? `/proc/self/fd/${fd}` : path, LOCK_FILE);
  try {
    const answer = await ask(name);
    if (answer.listening) throw new LockedError(answer.owner);
    rmSync(name, { force: true });
    const server = await listen(name);
    return {
      release: async () => {
        await close(server);
        closeSync(fd);
      },
    };
  } catch (error) {
    closeSync(fd);
    if (error instanceof LockedError || process.platform !== "linux") throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EOPNOTSUPP" || code === "ENOTSUP" || code === "EPERM" || code === "EINVAL") return null;
    throw error;
  }
}

async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(`${process.pid}\n`);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(name, resolve);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new LockedError((await ask(name)).owner);
  }
  return server.unref();
}

/** Whether anybody listens on a name, and who it says it is. */
function ask(name: string): Promise<{ readonly listening: boolean; readonly owner: number | null }> {
  return new Promise((resolve) => {
    let text = "";
    let listening = false;
    const socket = connect(name);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on("connect", () => {
      listening = true;
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // A full backlog is an owner too busy to answer.
      if (error.code === "EAGAIN") listening = true;
    });
    socket.on("close", () => {
      const owner = Number.parseInt(text, 10);
      resolve({ listening, owner: Number.isSafeInteger(owner) ? owner : null });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
