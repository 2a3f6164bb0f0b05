/** A command and its arguments. */
export type Command = readonly string[];

/** How commands reach a region: a client library's connection, or HTTP. */
export interface Caller {
  /**
   * Runs commands in the order given, not as one transaction; answers each one's reply, or an Error where it was refused. Rejects when
   * the region could not be asked.
   */
  call(commands: readonly Command[]): Promise<readonly unknown[]>;
  /** Others wait behind a command that waits. */
  readonly isShared: boolean;
}

/** The replies of commands that were all expected to succeed. */
export async function callAll(caller: Caller, commands: readonly Command[]): Promise<readonly unknown[]> {
  const replies = await caller.call(commands);
  const refused = replies.find((reply) => reply instanceof Error);
  if (refused !== undefined) throw refused;
  return replies;
}
