import type { BinaryString } from "../base/bytes.ts";
import type { ReplyError } from "../resp/reply-error.ts";
import type { ClientSession } from "./client-session.ts";
import type { Command } from "./define-command.ts";
import { accessRefusal } from "./acl/access-check.ts";
import type { NodeState } from "./node-state.ts";
import { notOverRest, notWhileSubscribed, NO_AUTH } from "./refusals.ts";
import type { ReadinessGate, WriteGate } from "./server-context.ts";

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
  readonly #server: NodeState;
  readonly #writes: WriteGate;
  readonly #readiness: ReadinessGate;

  constructor(server: NodeState, writes: WriteGate, readiness: ReadinessGate) {
    this.#server = server;
    this.#writes = writes;
    this.#readiness = readiness;
  }

  /** `writes` and `grows`: the command does, or is an EXEC of commands that do. */
  refusal(
    command: Command,
    session: ClientSession,
    argv: readonly BinaryString[],
    writes: boolean,
    grows: boolean,
  ): ReplyError | null {
    const { access } = this.#server;
    access.refresh(null);
    if (session.user.isGone) return NO_AUTH;
    if (!session.authenticated && !command.runsUnauthenticated && !access.isOpen) return NO_AUTH;
    if (!session.user.allowsAll) {
      const context = session.transaction === null ? "toplevel" : "multi";
      const denied = accessRefusal(this.#server, session, command, argv, context);
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
