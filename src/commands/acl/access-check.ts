import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import type { ClientSession } from "../client-session.ts";
import type { CommandInfo } from "../command-meta.ts";
import { clientLine } from "../families/client-line.ts";
import { noPermission, NO_PERMISSION_CHANNEL, NO_PERMISSION_KEY } from "../refusals.ts";
import type { ServerState } from "../server-state.ts";
import type { AclContext } from "./acl-log.ts";
import type { Denial } from "./selector.ts";

/** The part of the node's state that rights need. */
type Server = Pick<ServerState, "access" | "aclLog" | "config" | "clock">;

/**
 * Why a session may not make a call, by the rules its user has now; null when it may. A refusal is written to ACL LOG. `tx`: the
 * transaction that is open where it is asked (EXEC, scripts); null when none is.
 */
export function denialOf(
  server: Server,
  session: ClientSession,
  command: CommandInfo,
  argv: readonly BinaryString[],
  context: AclContext,
  tx: Transaction | null,
): Denial | null {
  server.access.refresh(tx);
  if (session.user.allowsAll) return null;
  const denial = session.user.rules.denial(command, argv);
  if (denial !== null) {
    const object = denial.reason === "command" ? command.fullName : argv[denial.index]!;
    logRefusal(server, session, { reason: denial.reason, context, object, user: session.user.name });
  }
  return denial;
}

/** The same as the reply that Redis gives at its front door. */
export function accessRefusal(
  server: Server,
  session: ClientSession,
  command: CommandInfo,
  argv: readonly BinaryString[],
  context: AclContext,
  tx: Transaction | null = null,
): ReplyError | null {
  const denial = denialOf(server, session, command, argv, context, tx);
  return denial === null ? null : refusalOf(denial, session, command);
}

/** What is not said is not told: which of the keys it was stays in ACL LOG. */
function refusalOf({ reason }: Denial, session: ClientSession, command: CommandInfo): ReplyError {
  if (reason === "key") return NO_PERMISSION_KEY;
  return reason === "channel" ? NO_PERMISSION_CHANNEL : noPermission(session.user.name, command.fullName);
}

export function logRefusal(
  server: Server,
  session: ClientSession,
  event: {
    readonly reason: Denial["reason"] | "auth";
    readonly context: AclContext;
    readonly object: BinaryString;
    readonly user: BinaryString;
  },
): void {
  const client = clientLine(session, server.clock);
  server.aclLog.add({ ...event, client }, server.config.number("acllog-max-len"));
}
