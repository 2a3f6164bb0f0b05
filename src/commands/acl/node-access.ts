import type { BinaryString } from "../../base/bytes.ts";
import type { ClientSession } from "../client-session.ts";
import type { ServerState } from "../server-state.ts";
import { AccessControl } from "./access-control.ts";
import type { CommandNames } from "./command-rules.ts";
import { hashPassword } from "./user-rules.ts";

type Node = Pick<ServerState, "config" | "timers" | "logger" | "clients" | "database">;

/** The users of a node, bound to what else the node knows: its settings, its connections, its log. */
export function createAccess(node: Node, commands: CommandNames): AccessControl {
  const { config, timers, logger, clients } = node;
  const requirepass = (): string => config.text("requirepass");
  const access: AccessControl = new AccessControl(
    {
      commands,
      requiredPassword: () => (requirepass() === "" ? null : hashPassword(requirepass())),
      onStale: () => {
        timers.after(0, () => access.refresh(null));
      },
      onChanged: () => {
        for (const session of clients.all()) {
          // One that deleted its own user hears the answer first.
          if (!session.endsAfterReply && (session.user.isGone || listensToTooMuch(session))) session.kill();
        }
      },
      onUnreadable: (user, reason) => {
        logger.error("a user of the database makes no sense here and has no rights", { user, reason });
      },
    },
    node.database,
  );
  config.onChange("requirepass", () => access.passwordChanged());
  return access;
}

/** It subscribed to what its user may not listen to any more. */
function listensToTooMuch({ subscriptions, user }: ClientSession): boolean {
  if (subscriptions === null || user.allowsAll) return false;
  const { names } = subscriptions;
  const isRefused = (isPattern: boolean) => (name: BinaryString) => !user.rules.allowsChannel(name, isPattern);
  return [...names.channel, ...names.shard].some(isRefused(false)) || [...names.pattern].some(isRefused(true));
}
