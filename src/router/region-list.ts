import { distanceKm } from "../base/geo-point.ts";
import type { CallerPlace } from "./caller-place.ts";
import type { RegionSnapshot } from "./region-snapshot.ts";

/**
 * What `GET /regions` of a router answers: what operators announce to everybody, and what the router measures. It needs no token, so
 * the router's own addresses of the regions are not in it.
 *
 * The order is that in which a client that has measured nothing should try: regions that are well, then those that are behind, then the
 * others; within each by distance from the caller, where it is known, else as near as they are to the router.
 */
export interface PublicRegion {
  readonly name: string;
  readonly state: string;
  readonly available: boolean;
  /** The router's own choice for clients without wishes. */
  readonly nearest: boolean;
  readonly degraded: string | null;
  readonly rest: string | null;
  readonly resp: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** From the caller; null where either place is unknown. */
  readonly distanceKm: number | null;
  readonly scoreMs: number | null;
  readonly latencyMs: number | null;
  readonly lagMs: number;
}

export interface PublicRegions {
  readonly nearest: string | null;
  readonly caller: { readonly latitude: number; readonly longitude: number; readonly source: string } | null;
  readonly regions: readonly PublicRegion[];
}

export function publicRegions(
  snapshots: readonly RegionSnapshot[],
  nearest: string | null,
  caller: CallerPlace | null,
): PublicRegions {
  const regions = snapshots.map((one): PublicRegion => {
    const away = caller === null || one.location === null ? null : Math.round(distanceKm(caller.point, one.location));
    const { name, state, available, degraded, scoreMs, latencyMs, lagMs, publicRest, publicResp, location } = one;
    return {
      name,
      state,
      available,
      nearest: one.nearest,
      degraded,
      rest: publicRest,
      resp: publicResp,
      latitude: location?.latitude ?? null,
      longitude: location?.longitude ?? null,
      distanceKm: away,
      scoreMs,
      latencyMs,
      lagMs,
    };
  });
  return {
    nearest,
    caller: caller === null ? null : { ...caller.point, source: caller.source },
    regions: regions.toSorted((one, other) => rank(one) - rank(other) || compareNear(one, other)),
  };
}

function rank({ available, state }: PublicRegion): number {
  if (available) return 0;
  return state === "healthy" || state === "suspect" || state === "warming" ? 1 : 2;
}

function compareNear(one: PublicRegion, other: PublicRegion): number {
  if (one.distanceKm !== null && other.distanceKm !== null) return one.distanceKm - other.distanceKm;
  if (one.distanceKm !== other.distanceKm) return one.distanceKm === null ? 1 : -1;
  const [here, there] = [one.scoreMs ?? Number.MAX_VALUE, other.scoreMs ?? Number.MAX_VALUE];
  return here - there;
}
