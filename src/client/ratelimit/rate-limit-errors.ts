import { ClientOptionError } from "../callers/client-option-error.ts";

/** An option is missing or wrong. The message names it. */
export class RateLimitOptionError extends ClientOptionError {
  override readonly name = "RateLimitOptionError";
}

/** The region could not say whether the limit is reached. */
export class RateLimitUnavailableError extends Error {
  override readonly name = "RateLimitUnavailableError";
  /** For frameworks that make an answer of an error. */
  readonly statusCode = 503;
  readonly status = 503;

  constructor(cause: unknown) {
    super(`the limit could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
