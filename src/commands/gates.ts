import type { ReplyError } from "../resp/reply-error.ts";
import type { ClientSession } from "./client-session.ts";
import type { Command } from "./define-command.ts";
import { noPermission, notOverRest, notWhileSubscribed, NO_AUTH } from "./refusals.ts";
import type { ReadinessGate, WriteGate } from "./server-context.ts";

/** The name a read-only token's refusals carry. */
const READ_ONLY_USER = "read-only";
/** Reads that a read-only token may not do: they list what it was not told of. */
const NOT_FOR_READ_ONLY: ReadonlySet<string> = new Set(["keys", "scan"]);

/** What a RESP2 connection may do that has subscribed to something. */
const WHILE_SUBSCRIBED: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "ssubscribe",
  "sunsubscribe",
  "ping",
  "quit",
  "reset",
]);

/**
 * What stands between a command that is known, with the right number of words, and its running: in Redis' order, so that the
 * first refusal is the one that Redis would give.
 */
export class Gates {
  readonly #writes: WriteGate;
  readonly #readiness: ReadinessGate;

  constructor(writes: WriteGate, readiness: ReadinessGate) {
    this.#writes = writes;
    this.#readiness = readiness;
  }

  /** `writes` and `grows`: the command does, or is an EXEC of commands that do. */
  refusal(command: Command, session: ClientSession, writes: boolean, grows: boolean): ReplyError | null {
    if (!session.authenticated && !command.runsUnauthenticated) return NO_AUTH;
    if (session.rights !== "all") {
      const denied = readOnlyRefusal(command);
      if (denied !== null) return denied;
    }
    if (session.door === "rest" && command.needsConnection === true) return notOverRest(command.fullName);
    if (writes) {
      const refused = this.#writes.refusal(grows);
      if (refused !== null) return refused;
    }
    if (session.isSubscriberOnly && !WHILE_SUBSCRIBED.has(command.fullName))
      return notWhileSubscribed(command.fullName);
    return command.runsWhileLoading ? null : this.#readiness.refusal();
  }
}

function readOnlyRefusal(command: Command): ReplyError | null {
  const denied =
    command.isWrite || command.isAdmin || command.acl.includes("scripting") || NOT_FOR_READ_ONLY.has(command.fullName);
  return denied ? noPermission(READ_ONLY_USER, command.fullName) : null;
}
