import type { BinaryString } from "../../base/bytes.ts";
import type { CommandCall } from "../command-call.ts";
import { UNPINNED_LOCK } from "./refusals.ts";
import { homeOf } from "./home-name.ts";

/** One line a minute says it: a program that locks does so all day. */
const WARN_EVERY_MS = 60_000;

/**
 * SET NX with a deadline is how programs lock. On a key that is not pinned that locks in this region alone: allowed, warned about or
 * refused, by `unpinned-locks`. Throws the refusal.
 */
export function checkLock({ server }: CommandCall, key: BinaryString): void {
  const policy = server.config.text("unpinned-locks");
  if (policy === "allow" || homeOf(key) !== null || server.database.otherRegions().length === 0) return;
  if (policy === "refuse") throw UNPINNED_LOCK;
  if (!server.homes.mayWarn(WARN_EVERY_MS)) return;
  server.logger.warn("SET NX with a deadline on a key that is not pinned: it locks in this region alone", {
    key: key.slice(0, 100),
  });
}
