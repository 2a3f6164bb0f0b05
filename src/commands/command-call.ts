import type { ClientSession } from "./client-session.ts";
import type { ServerState } from "./server-state.ts";

/** Who calls, and on what node. */
export interface CommandCall {
  readonly session: ClientSession;
  readonly server: ServerState;
}
