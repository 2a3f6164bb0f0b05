/** What was handed over as a client, or an option beside it, is wrong. The message names it. */
export class ClientOptionError extends Error {
  override readonly name: string = "ClientOptionError";
}
