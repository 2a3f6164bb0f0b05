import { getHeapStatistics } from "node:v8";

/** More than V8 lets memory outside its heap grow by before it looks at what is still held: 64 MiB. */
const NOTICED_BYTES = 72 * 1024 * 1024;
/** In a smaller heap than this it would not look beside us, but at once. */
const HEAP_LIMIT_MIN_BYTES = 1024 * 1024 * 1024;

let canBegin = getHeapStatistics().heap_size_limit >= HEAP_LIMIT_MIN_BYTES;

/**
 * Has V8's collector begin, beside us, as it does by itself when memory is asked for: after much was let go and nobody asks for
 * anything it would not for minutes. What it notices is memory outside its heap that nobody touches, so it costs addresses alone. Where
 * the system gives none the collector goes through everything at once before it says so: that is not asked for again.
 */
export function beginCollection(): void {
  if (!canBegin) return;
  try {
    Buffer.allocUnsafeSlow(NOTICED_BYTES);
  } catch {
    canBegin = false;
  }
}
