/** A refusal that the REST door makes itself, before any command: an HTTP status and the text of `{"error": …}`. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
