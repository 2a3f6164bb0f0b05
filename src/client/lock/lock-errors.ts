import { ClientOptionError } from "../callers/client-option-error.ts";

/** An option is missing or wrong. The message names it. */
export class LockOptionError extends ClientOptionError {
  override readonly name = "LockOptionError";
}
