/** A place on Earth, in degrees: latitude −90 to 90 (north is positive), longitude −180 to 180 (east is positive). */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_RADIUS_KM = 6371;
const DEGREES = /^[+-]?[0-9]{1,3}(?:[.][0-9]{1,15})?$/u;

/** The point, or null where the two are no degrees in range. */
export function geoPoint(latitude: unknown, longitude: unknown): GeoPoint | null {
  const [north, east] = [degrees(latitude), degrees(longitude)];
  if (north === null || east === null || Math.abs(north) > 90 || Math.abs(east) > 180) return null;
  return { latitude: north, longitude: east };
}

/** Reads `LATITUDE,LONGITUDE`, as `50.11,8.68`; null where it is none. */
export function parseGeoPoint(text: string): GeoPoint | null {
  const parts = text.split(",").map((part) => part.trim());
  return parts.length === 2 ? geoPoint(parts[0], parts[1]) : null;
}

/** The way along the surface, by the haversine formula: off by up to half a percent, as the Earth is no ball. */
export function distanceKm(one: GeoPoint, other: GeoPoint): number {
  const toRadians = (value: number): number => (value * Math.PI) / 180;
  const [north, south] = [toRadians(one.latitude), toRadians(other.latitude)];
  const halfEast = toRadians(other.longitude - one.longitude) / 2;
  const root = Math.sin((south - north) / 2) ** 2 + Math.cos(north) * Math.cos(south) * Math.sin(halfEast) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(root)));
}

function degrees(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" && DEGREES.test(value) ? Number(value) : null;
}
