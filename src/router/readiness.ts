import type { HealthLimits } from "./limits.ts";

/** What a region said of itself when last asked: fit for clients, or reachable but behind and so the last choice. */
export type Readiness =
  | { readonly kind: "ready"; readonly lagMs: number }
  | { readonly kind: "degraded"; readonly lagMs: number; readonly reason: string };

/** A probe's answer, understood. `refused`: it answered, but not as this region fit to be asked: counts as a failed probe. */
export type ProbeVerdict =
  | { readonly kind: "good"; readonly readiness: Readiness }
  | { readonly kind: "refused"; readonly reason: string };

function object(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/**
 * Reads the answer of `GET /readyz`: 200 `{"region","state":"ready","lagMs"}`, or 503 with a `state` (syncing, lagging,
 * draining …) from a region that is there but should be the last choice. An address that answers as another region is a
 * mistake in the configuration and refused, lest clients pinned to one region be sent to another.
 */
export function readVerdict(region: string, status: number, body: string): ProbeVerdict {
  const fields = object(body);
  const name = fields?.["region"];
  if (typeof name === "string" && name !== region) {
    return { kind: "refused", reason: `its address answers as region '${name.slice(0, 64)}'` };
  }
  const state = fields?.["state"];
  const lag = fields?.["lagMs"];
  const lagMs = typeof lag === "number" && Number.isFinite(lag) && lag > 0 ? lag : 0;
  if (status === 200 && (state === undefined || state === "ready")) {
    return { kind: "good", readiness: { kind: "ready", lagMs } };
  }
  if ((status === 200 || status === 503) && typeof state === "string") {
    return { kind: "good", readiness: { kind: "degraded", lagMs, reason: state.slice(0, 64) } };
  }
  return { kind: "refused", reason: `/readyz answered ${status}` };
}

/** Judges the lag a ready region admits to: beyond the limit it is degraded, and stays so until it is below half of it. */
export function judgeLag(previous: Readiness, said: Readiness, limits: HealthLimits): Readiness {
  if (said.kind === "degraded") return said;
  const wasLagging = previous.kind === "degraded" && previous.reason === "lagging";
  const bound = wasLagging ? limits.lagMaxMs / 2 : limits.lagMaxMs;
  return said.lagMs > bound ? { kind: "degraded", lagMs: said.lagMs, reason: "lagging" } : said;
}
