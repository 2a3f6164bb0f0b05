import { OK, type Reply } from "../../resp/reply.ts";
import { defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { NO_MONITOR } from "../refusals.ts";

export const monitor = defineSessionCommand({
  name: "MONITOR",
  group: "server",
  since: "1.0.0",
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  needsConnection: true,
  syntax: "",
  summary: "Shows every command of this region on this connection, as it runs.",
  complexity: "O(N) in the number of monitors, for every command",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ session, server, isAtomic }): Reply {
    if (isAtomic === true) throw NO_MONITOR;
    server.monitors.add(session);
    return OK;
  },
});
