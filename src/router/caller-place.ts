import { geoPoint, parseGeoPoint } from "../base/geo-point.ts";
import type { GeoPoint } from "../base/geo-point.ts";
import { airportPlace, countryPlace } from "./country-places.ts";
import type { IpPlaces } from "./ip-places.ts";

/**
 * Where the one who asks is, as far as anybody says so. Only a prior: it orders `GET /regions` for a client that has not measured yet, and
 * decides nothing else. What counts, first to last: what the caller says of itself (`?at=LAT,LON`; it can deceive nobody but
 * itself); what a trusted edge says of it by headers; its address, looked up in the operator's table.
 */
export interface Caller {
  /** The request's target. */
  readonly target: string;
  readonly header: (name: string) => string | null;
  /** Whether an edge that the operator trusts sent the request: without, its headers are anybody's words. */
  readonly viaTrustedEdge: boolean;
  readonly address: string | null;
}

export interface CallerPlace {
  readonly point: GeoPoint;
  readonly source: "caller" | "edge" | "address";
}

/** Latitude and longitude by edge: Cloudflare, Vercel, CloudFront. */
const COORDINATES = [
  ["cf-iplatitude", "cf-iplongitude"],
  ["x-vercel-ip-latitude", "x-vercel-ip-longitude"],
  ["cloudfront-viewer-latitude", "cloudfront-viewer-longitude"],
] as const;

/** Both in one, with a comma: App Engine, and the name usual for Google's load balancers. */
const PAIRS = ["x-appengine-citylatlong", "x-client-geo-location"] as const;

const COUNTRIES = [
  "cf-ipcountry",
  "x-vercel-ip-country",
  "cloudfront-viewer-country",
  "x-appengine-country",
  "x-client-region",
] as const;

export function callerPlace(caller: Caller, table: IpPlaces | null): CallerPlace | null {
  const said = saidPlace(caller.target);
  if (said !== null) return { point: said, source: "caller" };
  const edge = caller.viaTrustedEdge ? edgePlace(caller.header) : null;
  if (edge !== null) return { point: edge, source: "edge" };
  const looked = caller.address === null ? null : (table?.find(caller.address) ?? null);
  return looked === null ? null : { point: looked, source: "address" };
}

/** `?at=50.11,8.68` */
function saidPlace(target: string): GeoPoint | null {
  const query = target.split("?")[1];
  const at = query === undefined ? null : new URLSearchParams(query).get("at");
  return at === null ? null : parseGeoPoint(at);
}

/** Coordinates before a country before the place of the edge itself: the finer word first. */
function edgePlace(header: Caller["header"]): GeoPoint | null {
  for (const [north, east] of COORDINATES) {
    const point = geoPoint(header(north), header(east));
    if (point !== null) return point;
  }
  for (const name of PAIRS) {
    const point = parseGeoPoint(header(name) ?? "");
    if (point !== null) return point;
  }
  for (const name of COUNTRIES) {
    const point = countryPlace(header(name) ?? "");
    if (point !== null) return point;
  }
  return airportPlace(header("fly-region") ?? "");
}
