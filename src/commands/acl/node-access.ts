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
        // One that deleted its own user hears the answer first.
        for (const session of clients.all()) {
          if (session.user.isGone && !session.endsAfterReply) session.kill();
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
