import { ClientOptionError } from "../callers/client-option-error.ts";

/** An option of the store is missing or wrong. The message names it. */
export class SessionOptionError extends ClientOptionError {
  override readonly name = "SessionOptionError";
}

/** The session that was loaded has been ended meanwhile, by a logout or by its expiry: what would be saved is not. */
export class SessionEndedError extends Error {
  override readonly name = "SessionEndedError";
  readonly id: string;

  constructor(id: string) {
    super("the session has ended since it was loaded: nothing was saved");
    this.id = id;
  }
}

/** This region does not have yet what the client wrote or was shown elsewhere, and the application wants no older answer. */
export class SessionStaleError extends Error {
  override readonly name = "SessionStaleError";
  /** For frameworks that make an answer of an error. */
  readonly statusCode = 503;
  readonly status = 503;

  constructor() {
    super("this region has not caught up with what the client did in another one: try again");
  }
}
