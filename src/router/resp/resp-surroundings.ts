import type { SecureContext } from "node:tls";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { ProxyVersion } from "../../sockets/proxy-header.ts";
import type { RespLimits } from "../limits.ts";
import type { RouterMetrics } from "../metrics.ts";
import type { Bounds } from "../token-bounds.ts";
import type { RegionBoard } from "../region-board.ts";

/** How regions' RESP addresses are spoken to. */
export interface TowardsRegions {
  readonly secure: SecureContext | null;
  readonly proxyVersion: ProxyVersion | null;
}

/** What all connections of the RESP door share. */
export interface RespSurroundings {
  readonly board: RegionBoard;
  readonly limits: RespLimits;
  readonly metrics: RouterMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly towards: TowardsRegions;
  /** Users that only some regions may serve. */
  readonly bounds: Bounds;
  /** Idle sessions are carried over to another region; without, their connections are closed. */
  readonly resumes: boolean;
}
