import type { BinaryString } from "../base/bytes.ts";
import type { ReplyError } from "../resp/reply-error.ts";
import type { Reply } from "../resp/reply.ts";
import type { AccessControl } from "./acl/access-control.ts";
import type { ClientSession } from "./client-session.ts";

/**
 * What the doors (RESP, REST) see of the command room. One call a command; synchronous but for commands that wait.
 */
export interface Executor {
  /** Runs one command for one client. Never throws for bad input: refusals are error replies. */
  execute(session: ClientSession, argv: readonly BinaryString[]): Outcome;

  /**
   * Runs commands as one transaction (REST's `/multi-exec`): the reply is an array with one reply a command. An unknown
   * command, a wrong number of arguments or a missing right discards all of it; an error while running does not stop the rest.
   */
  executeAtomic(session: ClientSession, commands: readonly (readonly BinaryString[])[]): Outcome;

  /** Whose rights clients have: connections begin as `default`, REST requests as whoever their token stands for. */
  readonly access: Pick<AccessControl, "default" | "operator" | "readOnly" | "ofToken" | "named">;

  /** A connection was accepted: it counts and is listed from now on. Answers why it may not stay (`maxclients`), else null. */
  connected(session: ClientSession): ReplyError | null;

  /** The connection is gone: what it watched is let go. */
  disconnected(session: ClientSession): void;

  /** Position up to which the log is durable. A door holds a reply until this reaches the outcome's `lsn`. */
  readonly durableLsn: number;

  /** Registers a listener for "durableLsn moved"; returns how to remove it. Called at most once per group commit. */
  onDurable(listener: () => void): () => void;

  /**
   * Registers a listener for "the log failed": every reply held back must be answered with `reply`
   * (the outcome of what it waits for is unknown), and the LSNs seen so far mean nothing any more.
   */
  onOutcomeUnknown(listener: (reply: Reply) => void): () => void;
}

export type Outcome = Done | Suspended;

export type Recheck = () => Reply | null;

export interface Done {
  readonly kind: "done";
  /** Undefined: nothing is to be sent (CLIENT REPLY OFF, SKIP). */
  readonly reply: Reply | undefined;
  /** The reply may leave once this is durable; 0: at once. */
  readonly lsn: number;
  /**
   * For a reply that is held until `lsn` is durable: asked when it is let go, answers what is given in its place, or null when it
   * stands. A process may have stood still in between, and what it was entitled to say then it may not be any more (row N1).
   */
  readonly recheck?: Recheck;
  /** The connection ends after this reply (QUIT, protocol refusals). */
  readonly close: boolean;
}

/** The command waits (WAIT, blocking pops …). Later commands of the same connection wait behind it. */
export interface Suspended {
  readonly kind: "suspended";
  /** Never rejects. */
  readonly done: Promise<Done>;
  /** The client went away: stop waiting. */
  cancel(): void;
}
