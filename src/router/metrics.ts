import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { HEALTH_KINDS } from "./health-state.ts";
import type { ChoiceReason } from "./choice.ts";
import type { HealthKind } from "./health-state.ts";

/**
 * What the router counts, by verbs of its own: the only file of this room that knows the metrics library. Names and labels are
 * a contract with dashboards; labels take their values from the configuration and from the code, never from clients.
 */
export interface RouterMetrics {
  /** `outcome`: `answered`, `client-gone`, `broken-off`, `cut`, or a refusal's code. */
  requestOver(region: string, outcome: string): void;
  /** Seconds from the request sent to a region until its reply began. */
  replyBegan(region: string, seconds: number): void;
  failedOver(from: string, to: string, repeated: boolean): void;
  /** Milliseconds of the round trip; null for a failed probe. */
  probed(region: string, roundTripMs: number | null): void;
  stateChanged(region: string, to: HealthKind): void;
  /** A request or a connection was sent there first, and why. */
  chosen(region: string, reason: ChoiceReason): void;
  nearestChanged(from: string | null, to: string | null): void;
  /** From now on there is this region; it shows as `probing`. */
  regionAdded(region: string): void;
  /** Its state is no longer shown; what was counted stays. */
  regionRemoved(region: string): void;
  respOpened(region: string): void;
  respOver(
    region: string,
    outcome: "ended" | "region-down" | "drained" | "led-back" | "client-gone" | "out-of-bounds",
  ): void;
  /** A session goes on in another region. */
  respMoved(from: string, to: string): void;
  respRefused(code: "too-many" | "too-many-from-one" | "unreachable" | "pinned-region-down"): void;
  /** The text of `GET /metrics` and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function openMetrics(): RouterMetrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = "antipode_router_";
  const requests = new Counter({
    name: `${prefix}http_requests_total`,
    help: "HTTP requests by the last region tried and how they ended.",
    labelNames: ["region", "outcome"],
    registers,
  });
  const replies = new Histogram({
    name: `${prefix}http_region_seconds`,
    help: "Seconds from sending a request to a region until its reply began.",
    labelNames: ["region"],
    buckets: SECONDS,
    registers,
  });
  const failovers = new Counter({
    name: `${prefix}failovers_total`,
    help: "Requests and connections moved to another region; repeated says whether the first may have run it.",
    labelNames: ["from", "to", "repeated"],
    registers,
  });
  const probes = new Histogram({
    name: `${prefix}probe_seconds`,
    help: "Round trip of answered probes, in seconds.",
    labelNames: ["region"],
    buckets: SECONDS,
    registers,
  });
  const failedProbes = new Counter({
    name: `${prefix}probe_failures_total`,
    help: "Probes without an answer, or with one that counts as none.",
    labelNames: ["region"],
    registers,
  });
  const states = new Gauge({
    name: `${prefix}region_state`,
    help: "1 for the state a region is in, 0 for the others.",
    labelNames: ["region", "state"],
    registers,
  });
  const choices = new Counter({
    name: `${prefix}choices_total`,
    help: "Requests and connections by the region chosen for them, and why.",
    labelNames: ["region", "reason"],
    registers,
  });
  const nearest = new Gauge({
    name: `${prefix}nearest`,
    help: "1 for the region that is the nearest now, 0 for one that was.",
    labelNames: ["region"],
    registers,
  });
  const nearestChanges = new Counter({
    name: `${prefix}nearest_changes_total`,
    help: "Changes of the nearest region.",
    labelNames: ["from", "to"],
    registers,
  });
  const respOpen = new Gauge({
    name: `${prefix}resp_connections`,
    help: "RESP connections open now.",
    labelNames: ["region"],
    registers,
  });
  const respOver = new Counter({
    name: `${prefix}resp_connections_total`,
    help: "RESP connections that are over, and why.",
    labelNames: ["region", "outcome"],
    registers,
  });
  const respMoved = new Counter({
    name: `${prefix}resp_sessions_moved_total`,
    help: "RESP sessions that another region took over without their clients noticing.",
    labelNames: ["from", "to"],
    registers,
  });
  const stateChanged = (region: string, to: HealthKind): void => {
    for (const state of HEALTH_KINDS) states.set({ region, state }, state === to ? 1 : 0);
  };
  return {
    requestOver: (region, outcome) => requests.inc({ region, outcome }),
    replyBegan: (region, seconds) => replies.observe({ region }, seconds),
    failedOver: (from, to, repeated) => failovers.inc({ from, to, repeated: String(repeated) }),
    probed: (region, roundTripMs) => {
      if (roundTripMs === null) failedProbes.inc({ region });
      else probes.observe({ region }, roundTripMs / 1000);
    },
    stateChanged,
    chosen: (region, reason) => choices.inc({ region, reason }),
    nearestChanged: (from, to) => {
      if (from !== null) nearest.set({ region: from }, 0);
      if (to !== null) nearest.set({ region: to }, 1);
      nearestChanges.inc({ from: from ?? "none", to: to ?? "none" });
    },
    regionAdded: (region) => {
      stateChanged(region, "probing");
      respOpen.inc({ region }, 0);
    },
    regionRemoved: (region) => {
      for (const state of HEALTH_KINDS) states.remove({ region, state });
      nearest.remove({ region });
    },
    respOpened: (region) => respOpen.inc({ region }),
    respOver: (region, outcome) => {
      respOpen.dec({ region });
      respOver.inc({ region, outcome });
    },
    respMoved: (from, to) => {
      respOpen.dec({ region: from });
      respOpen.inc({ region: to });
      respMoved.inc({ from, to });
    },
    respRefused: (code) => respOver.inc({ region: "none", outcome: code }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
