import type { Socket } from "node:net";
import type { Endpoint } from "../../sockets/proxy-header.ts";
import type { RespSurroundings } from "./resp-surroundings.ts";
import { dialRegion, type Dial } from "./region-dial.ts";

/** Who is connected on whose behalf: what a PROXY header tells. */
export interface Ends {
  readonly client: Endpoint;
  readonly local: Endpoint;
}

/**
 * Connects to the first region of `order` that can be reached, with nothing said to any of them. `ready` or `none` is called once, unless what is
 * returned is.
 */
export function reachRegion(
  around: RespSurroundings,
  order: readonly string[],
  ends: Ends,
  ready: (region: string, socket: Socket) => void,
  none: () => void,
): () => void {
  const { board, limits, metrics, logger, towards } = around;
  let tried = 0;
  let dial: Dial | null = null;
  let endWatch: () => void = () => {};
  const leave = (): void => {
    dial?.cancel();
    endWatch();
  };
  const next = (): void => {
    const region = order[tried++];
    const url = region === undefined ? null : (board.address(region)?.respUrl ?? null);
    if (region === undefined) return none();
    if (url === null) return next();
    const failed = (reason: string): void => {
      leave();
      board.doubt(region);
      const to = order[tried] ?? null;
      if (to !== null) metrics.failedOver(region, to, false);
      logger.info("connection not made", { from: region, to, reason });
      next();
    };
    const { connectTimeoutMs: timeoutMs, keepAliveMs } = limits;
    endWatch = board.watchDown(region, (reason) => failed(`the region went down: ${reason}`));
    dial = dialRegion(
      { url, ...towards, ...ends, timeoutMs, keepAliveMs },
      (socket) => {
        endWatch();
        ready(region, socket);
      },
      failed,
    );
  };
  next();
  return leave;
}
