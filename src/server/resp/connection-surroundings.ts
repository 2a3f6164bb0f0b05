import type { Logger } from "../../base/logger.ts";
import type { Executor } from "../../commands/executor.ts";
import type { CrossProtocolWarnings } from "./cross-protocol.ts";
import type { RespLimits } from "./resp-limits.ts";
import type { RespTraffic } from "./traffic.ts";
import type { TurnWriter } from "./turn-writer.ts";

/** What the connections of one server share. */
export interface ConnectionSurroundings {
  readonly executor: Executor;
  readonly limits: RespLimits;
  readonly writer: TurnWriter;
  readonly traffic: RespTraffic;
  readonly logger: Logger;
  readonly warnings: CrossProtocolWarnings;
}
