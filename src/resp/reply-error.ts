/**
 * An error reply: `code` is the first word a client sees (`ERR`, `WRONGTYPE`, `NOAUTH` …), `text` the rest.
 * Thrown by commands and caught by dispatch; also a value inside EXEC's and pipelines' arrays.
 */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
  readonly code: string;
  readonly text: string;

  constructor(code: string, text: string) {
    super(`${code} ${text}`);
    this.code = code;
    this.text = text;
  }

  /** As a client sees it: a script may answer an error that is one word. */
  get line(): string {
    return this.text === "" ? this.code : `${this.code} ${this.text}`;
  }
}
