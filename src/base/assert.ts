/** Thrown when the program's own reasoning is wrong. Never for bad input: input errors are replies or values. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States an invariant. A failure is a bug here, not in the caller's data. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Makes a forgotten case of a union fail to compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable case: ${String(value)}`);
}
