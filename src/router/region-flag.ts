import { isBareUrl } from "../base/bare-url.ts";
import { parseGeoPoint } from "../base/geo-point.ts";
import type { GeoPoint } from "../base/geo-point.ts";

/** A region as the router is told of it. */
export interface RegionAddress {
  readonly name: string;
  /** `http://host:port` or `https://host:port`, without a path. */
  readonly restUrl: string;
  /** `redis://host:port`, or `rediss://` for TLS; null where the region takes no RESP clients from here. */
  readonly respUrl: string | null;
  /** Where clients reach it, for `GET /regions`; null where nobody said so. */
  readonly publicRest?: string | null;
  readonly publicResp?: string | null;
  readonly location?: GeoPoint | null;
}

export type ParsedRegion =
  | { readonly kind: "region"; readonly region: RegionAddress }
  | { readonly kind: "refused"; readonly message: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u;

/**
 * Reads `NAME=http://host:port[,redis://host:port][,public:https://…][,public:rediss://…][,geo:LAT,LON]`. A refusal is
 * one line for the person at the command line.
 */
export function parseRegionFlag(text: string): ParsedRegion {
  const refuse = (message: string): ParsedRegion => ({
    kind: "refused",
    message: `region "${text}": ${message}; wants NAME=http://HOST:PORT,redis://HOST:PORT`,
  });
  const at = text.indexOf("=");
  if (at < 0) return refuse('there is no "="');
  const name = text.slice(0, at);
  if (!NAME.test(name)) return refuse(`"${name}" is no region name (letters, digits, "-" and "_", at most 63)`);
  let restUrl: string | null = null;
  let respUrl: string | null = null;
  const extra: Partial<Record<"publicRest" | "publicResp", string>> & { location?: GeoPoint } = {};
  // A place has a comma of its own, as in RFC 5870.
  const place = /,geo:([^,]*,[^,]*)/u.exec(text);
  if (place !== null) {
    const location = parseGeoPoint(place[1]!);
    if (location === null) return refuse(`"geo:${place[1]}" is no latitude and longitude in degrees`);
    extra.location = location;
  }
  const addresses = place === null ? text : text.replace(place[0], "");
  for (const part of addresses.slice(at + 1).split(",")) {
    if (part.startsWith("public:")) {
      const shown = part.slice("public:".length).replace(/\/$/u, "");
      if (isBareUrl(shown, ["http:", "https:"])) extra.publicRest = shown;
      else if (isBareUrl(shown, ["redis:", "rediss:"])) extra.publicResp = shown;
      else return refuse(`"${part}" is no address of a service`);
      continue;
    }
    const url = URL.canParse(part) ? new URL(part) : null;
    if (url === null || url.hostname === "") return refuse(`"${part}" is no URL`);
    if (url.username !== "" || url.password !== "")
      return refuse("passwords do not belong here: clients send their own");
    if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "") {
      return refuse(`"${part}" has a path, and only an address is wanted`);
    }
    switch (url.protocol) {
      case "http:":
      case "https:":
        if (restUrl !== null) return refuse("it has two REST addresses");
        restUrl = url.origin;
        break;
      case "redis:":
      case "rediss:":
        if (respUrl !== null) return refuse("it has two RESP addresses");
        respUrl = `${url.protocol}//${url.hostname}:${url.port === "" ? "6379" : url.port}`;
        break;
      default:
        return refuse(`"${url.protocol}//" is neither http, https, redis nor rediss`);
    }
  }
  if (restUrl === null)
    return refuse("it has no REST address, which the router needs to see whether the region is well");
  return { kind: "region", region: { name, restUrl, respUrl, ...extra } };
}
