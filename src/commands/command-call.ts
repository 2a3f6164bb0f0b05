import type { ClientSession } from "./client-session.ts";
import type { ServerState } from "./server-state.ts";

/** Who calls, and on what node. */
export interface CommandCall {
  readonly session: ClientSession;
  readonly server: ServerState;
  /** Inside EXEC or a script: nothing may wait, or take the connection over. */
  readonly isAtomic?: boolean;
}
