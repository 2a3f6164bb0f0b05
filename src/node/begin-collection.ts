/** More than V8 lets memory outside its heap grow by before it looks at what is still held: 64 MiB. */
const NOTICED_BYTES = 128 * 1024 * 1024;

/**
 * Has V8's collector begin, beside us, as it does by itself when memory is asked for: after much was let go and nobody asks for
 * anything it would not for minutes. What it notices is memory outside its heap that nobody touches, so it costs addresses alone.
 */
export function beginCollection(): void {
  try {
    Buffer.allocUnsafeSlow(NOTICED_BYTES);
  } catch {
    // The system gives no more addresses: then it begins by itself, later.
  }
}
