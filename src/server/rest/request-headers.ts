import type { IncomingHttpHeaders } from "node:http";
import { SyncTokens } from "../../commands/sync-token.ts";
import { namedMaximum, type NamedVector } from "../../crdt/version-vector.ts";

/** The first, where a header came several times. */
export function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "object" ? value[0] : value;
}

/** What this client has seen, by its own token, and by what its router has seen pass. */
export function seenBy(headers: IncomingHttpHeaders): NamedVector | null {
  const own = SyncTokens.parse(one(headers["upstash-sync-token"]));
  const routers = SyncTokens.parse(one(headers["x-antipode-seen"]));
  return own === null || routers === null ? (own ?? routers) : namedMaximum(own, routers);
}
