import { distanceKm, type GeoPoint } from "../base/geo-point.ts";
import { isCut, type MemberView, type Membership } from "../replication/membership/membership.ts";
import { NO_PLACE } from "../replication/membership/region-place.ts";
import type { PeerStatus } from "../replication/peer-status.ts";
import type { Readiness } from "../server/rest/rest-door.ts";

/** A region as `GET /regions` tells of it: what it announces, and what the one that is asked knows of it. */
export interface ListedRegion {
  readonly name: string;
  /** `learner`, `member`, `leaving`, `left` or `evicted`. */
  readonly state: string;
  /** A member that can be reached from here, and for the region itself: that serves. */
  readonly available: boolean;
  readonly rest: string | null;
  readonly resp: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** How far the one that is asked is behind it, in milliseconds; null while they are not connected. */
  readonly lagMs: number | null;
}

export interface RegionList {
  /** Who answers. */
  readonly region: string;
  readonly regions: readonly ListedRegion[];
}

interface LifeFacts {
  readonly membership: Membership;
  peers(): readonly PeerStatus[];
}

/**
 * Who is asked first, then by distance from it; those that announce no location last, by name. Regions
 * that have left come last, without an address: those who follow the list learn by it that they are gone.
 */
export function regionList(own: string, life: LifeFacts, readiness: Readiness): RegionList {
  const peers = new Map(life.peers().map((peer) => [peer.peer, peer]));
  const here = life.membership.all.find(({ region }) => region === own)?.place.location ?? null;
  const sorted = life.membership.all.toSorted((one, other) => awayKm(own, here, one) - awayKm(own, here, other));
  return {
    region: own,
    regions: sorted.map(({ region, state, place }) => {
      const { rest, resp, location } = isCut(state) ? NO_PLACE : place;
      const peer = peers.get(region);
      const isThere = region === own ? readiness.ready : peer?.connected === true;
      const lagMs = region === own ? 0 : isThere ? Math.max(0, Math.round(peer?.lagMs ?? 0)) : null;
      return {
        name: region,
        state,
        available: isThere && state === "member",
        rest,
        resp,
        latitude: location?.latitude ?? null,
        longitude: location?.longitude ?? null,
        lagMs,
      };
    }),
  };
}

function awayKm(own: string, here: GeoPoint | null, { region, state, place }: MemberView): number {
  if (region === own) return -1;
  if (isCut(state)) return Number.POSITIVE_INFINITY;
  return here === null || place.location === null ? Number.MAX_SAFE_INTEGER : distanceKm(here, place.location);
}
