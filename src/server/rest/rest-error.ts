/** A refusal that the REST door makes itself, before any command: an HTTP status and the text of `{"error": …}`. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A limit was passed. Sizes are said in bytes, in Upstash's words: its SDKs' users look for them. */
export function sizeExceeded(what: string, limitBytes: number, actualBytes: number): RestError {
  return new RestError(400, `ERR max ${what} exceeded. Limit: ${limitBytes} bytes, Actual: ${actualBytes} bytes`);
}

export function countExceeded(what: string, limit: number, actual: number): RestError {
  return new RestError(400, `ERR max ${what} exceeded. Limit: ${limit}, Actual: ${actual}`);
}
