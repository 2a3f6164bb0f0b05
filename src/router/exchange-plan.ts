import type { Dispatcher } from "undici";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { HttpLimits } from "./limits.ts";
import type { RouterMetrics } from "./metrics.ts";
import type { RegionBoard } from "./region-board.ts";
import type { HeldBytes } from "./request-body.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What all exchanges of a router share. */
export interface ExchangeSurroundings {
  readonly board: RegionBoard;
  readonly pools: { get(region: string): Dispatcher | undefined };
  readonly limits: HttpLimits;
  readonly budget: RetryBudget;
  readonly held: HeldBytes;
  readonly metrics: RouterMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ExchangePlan {
  /** Regions to try, in order; never empty. */
  readonly order: readonly string[];
  readonly passedOver: readonly string[];
  readonly nearest: string | null;
  /** Whether it is tried on regions that are thought to be down: then nobody waits long for each. */
  readonly isFailOpen: boolean;
  /** The client's target, path and query, as it was sent. */
  readonly target: string;
  /** Who the client is: what regions are told. */
  readonly client: string | null;
  /** What this client's connection has seen last, and where: another region is to have seen it too. */
  readonly seen: Seen | null;
}

/** A region's sync token. */
export interface Seen {
  readonly region: string;
  readonly token: string;
}

/** What the router says of its choice in the reply. */
export function ownHeaders(
  plan: ExchangePlan,
  region: string,
  tried: readonly string[],
  regionMs: number,
  routerMs: number,
): readonly string[] {
  const headers = [
    "x-region",
    region,
    "server-timing",
    `region;desc="${region}";dur=${regionMs.toFixed(1)}, router;dur=${routerMs.toFixed(1)}`,
  ];
  if (plan.nearest !== null) headers.push("x-region-nearest", plan.nearest);
  const passedOver = new Set([...plan.passedOver, ...tried].filter((name) => name !== region));
  if (passedOver.size > 0) headers.push("x-failover", [...passedOver].join(", "));
  return headers;
}

/** The sync token among a reply's headers; null: there is none, or it is longer than is remembered. */
export function seenIn(region: string, headers: readonly string[], bytesMax: number): Seen | null {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]!.toLowerCase() !== "upstash-sync-token") continue;
    const token = headers[index + 1]!;
    return token.length <= bytesMax ? { region, token } : null;
  }
  return null;
}
