/** An option is missing or wrong. The message names it. */
export class LockOptionError extends Error {
  override readonly name = "LockOptionError";
}
