import type { ClientSession } from "./client-session.ts";
import { awaitRegions } from "./region-acknowledgements.ts";
import type { ServerState } from "./server-state.ts";

/** What a door asks of other regions for a client of its own: who has its writes durably. */
export interface Confirmations {
  /** The other regions there are at present. */
  otherRegions(): readonly string[];
  /**
   * Calls `done` with the regions that have all that the session wrote, once they are enough, or when `timeoutMs` have passed; perhaps
   * before it returns. What it wrote is durable here already. Answers how to stop waiting.
   */
  await(
    session: ClientSession,
    regions: number,
    timeoutMs: number,
    done: (confirmed: readonly string[]) => void,
  ): () => void;
}

export function confirmationsOf(server: Pick<ServerState, "database" | "timers">): Confirmations {
  return {
    otherRegions: () => server.database.otherRegions(),
    await: (session, regions, timeoutMs, done) =>
      awaitRegions(
        server.database,
        server.timers,
        { sequence: session.lastSequence, lsn: 0, regions, timeoutMs },
        done,
      ),
  };
}
