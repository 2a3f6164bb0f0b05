import { promisify } from "node:util";
import { beginCollection } from "./begin-collection.ts";

/** Null where there is none: another C library, or no package for this platform. */
let trim: Promise<Trim | null> | null = null;

/** On a thread of libuv's: it goes through all that is free, under the allocator's locks. */
type Trim = () => Promise<void>;

let isTrimming = false;

/**
 * After much was let go and while nobody asks for anything: has V8's collector begin, and the C library give back to the system what
 * is free in it. glibc by itself gives back only what is at the end of each thread's part, so that one small piece that is still used
 * keeps all before it: up to 240 MB behind the thread that writes checkpoints.
 */
export function returnMemory(): void {
  beginCollection();
  trim ??= loadTrim();
  if (isTrimming) return;
  isTrimming = true;
  void trim
    .then((run) => run?.())
    // It is for the system's good, not for ours.
    .catch(() => {})
    .finally(() => {
      isTrimming = false;
    });
}

/** `malloc_trim(3)`: no module of Node's calls the C library, koffi does. */
async function loadTrim(): Promise<Trim | null> {
  if (process.platform !== "linux") return null;
  try {
    const { default: koffi } = await import("koffi");
    const mallocTrim = koffi.load("libc.so.6").func("int malloc_trim(size_t)");
    return promisify<void>((done: (error: Error | null) => void) => mallocTrim.async(0, done));
  } catch {
    return null;
  }
}
