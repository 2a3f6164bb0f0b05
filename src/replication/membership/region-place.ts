import { geoPoint, type GeoPoint } from "../../base/geo-point.ts";
import { isBareUrl } from "../../base/bare-url.ts";
import type { RegionName } from "../../crdt/origin.ts";

/**
 * Where clients and routers find a region, as it announces it itself: data like the members, so that whoever knows one region
 * learns of all. Nothing is announced unless an operator says so.
 *
 * [PL1] `place:NAME` is written by NAME alone, while it is a member, and only when it differs from what is there.
 * [PL2] A region that has announced something and is told nothing any more takes it back.
 */
export interface RegionPlace {
  /** `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly rest: string | null;
  /** `redis://HOST:PORT` or `rediss://HOST:PORT`. */
  readonly resp: string | null;
  readonly location: GeoPoint | null;
}

export const NO_PLACE: RegionPlace = { rest: null, resp: null, location: null };

export const PLACE_FIELD = "place:";

export const placeField = (region: RegionName): string => PLACE_FIELD + region;

/** In a fixed order, so that equal places are equal texts. */
export function formatPlace({ rest, resp, location }: RegionPlace): string {
  return JSON.stringify({ rest, resp, location });
}

export function readPlace(value: Readonly<Record<string, unknown>>): RegionPlace {
  const { rest, resp, location } = value;
  const point = typeof location === "object" && location !== null ? (location as Record<string, unknown>) : {};
  return {
    rest: bareUrl(rest, ["http:", "https:"]),
    resp: bareUrl(resp, ["redis:", "rediss:"]),
    location: geoPoint(point["latitude"], point["longitude"]),
  };
}

function bareUrl(value: unknown, protocols: readonly string[]): string | null {
  return typeof value === "string" && isBareUrl(value, protocols) ? value : null;
}
