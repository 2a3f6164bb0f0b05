/**
 * Places as numbers: 26 bits of latitude and 26 of longitude, taken in turns, make a score of 52 bits that a double holds exactly
 * and in whose order neighbours mostly are neighbours. The field's name for it is geohash; ranges, steps and rounding are those
 * that Redis documents for GEOADD.
 */
export interface Place {
  readonly longitude: number;
  readonly latitude: number;
}

export const LONGITUDE_MAX = 180;
/** Where the Mercator projection ends. */
export const LATITUDE_MAX = 85.05112878;
/** Bits of each coordinate in a score. */
export const STEPS_MAX = 26;
const EARTH_RADIUS_METERS = 6372797.560856;

/** A rectangle of the grid that 2^step columns and rows make. A place on the last edge itself lies in one column or row more. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  readonly step: number;
}

export interface Area {
  readonly longitude: { readonly min: number; readonly max: number };
  readonly latitude: { readonly min: number; readonly max: number };
}

export function cellOf({ longitude, latitude }: Place, step: number, latitudeMax = LATITUDE_MAX): Cell {
  const share = (value: number, max: number): number => Math.floor(((value + max) / (2 * max)) * 2 ** step);
  return { column: share(longitude, LONGITUDE_MAX), row: share(latitude, latitudeMax), step };
}

export function areaOf({ column, row, step }: Cell): Area {
  const edge = (index: number, max: number): number => -max + (index / 2 ** step) * (2 * max);
  return {
    longitude: { min: edge(column, LONGITUDE_MAX), max: edge(column + 1, LONGITUDE_MAX) },
    latitude: { min: edge(row, LATITUDE_MAX), max: edge(row + 1, LATITUDE_MAX) },
  };
}

/** The cell's bits, row before column: its place in the order of all cells of its step. */
export function bitsOf({ column, row, step }: Cell): number {
  let bits = 0;
  for (let bit = step; bit >= 0; bit--) bits = bits * 4 + ((column >>> bit) & 1) * 2 + ((row >>> bit) & 1);
  return bits;
}

export function scoreOfPlace(place: Place): number {
  return bitsOf(cellOf(place, STEPS_MAX));
}

/** The middle of the cell that a score stands for. Any score stands for one. */
export function placeOfScore(score: number): Place {
  let rest = Math.trunc(Math.min(Math.max(score, 0), Number.MAX_SAFE_INTEGER * 2));
  let [column, row] = [0, 0];
  for (let bit = 0; rest > 0; bit++) {
    row += (rest % 2) * 2 ** bit;
    rest = Math.floor(rest / 2);
    column += (rest % 2) * 2 ** bit;
    rest = Math.floor(rest / 2);
  }
  const { longitude, latitude } = areaOf({ column, row, step: STEPS_MAX });
  const middle = (range: { readonly min: number; readonly max: number }, max: number): number =>
    Math.min(Math.max((range.min + range.max) / 2, -max), max);
  return { longitude: middle(longitude, LONGITUDE_MAX), latitude: middle(latitude, LATITUDE_MAX) };
}

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const CHARACTERS = 11;

/** The usual geohash of eleven characters. The last has no bits left and is always 0. */
export function geohashText(place: Place): string {
  const bits = BigInt(bitsOf(cellOf(place, STEPS_MAX, 90)));
  let text = "";
  for (let index = 0; index < CHARACTERS - 1; index++) {
    text += ALPHABET[Number((bits >> BigInt(2 * STEPS_MAX - (index + 1) * 5)) & 31n)]!;
  }
  return `${text}0`;
}

const radians = (degrees: number): number => degrees * (Math.PI / 180);
const degrees = (angle: number): number => angle / (Math.PI / 180);

/** By the haversine formula, on a sphere. */
export function distanceMeters(from: Place, to: Place): number {
  const v = Math.sin((radians(to.longitude) - radians(from.longitude)) / 2);
  if (v === 0) return latitudeMeters(from.latitude, to.latitude);
  const [fromLatitude, toLatitude] = [radians(from.latitude), radians(to.latitude)];
  const u = Math.sin((toLatitude - fromLatitude) / 2);
  const a = u * u + Math.cos(fromLatitude) * Math.cos(toLatitude) * v * v;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(a));
}

export function latitudeMeters(from: number, to: number): number {
  return EARTH_RADIUS_METERS * Math.abs(radians(to) - radians(from));
}

/** The coordinates within so many metres to each side of a place. */
export function boxAround({ longitude, latitude }: Place, halfWidthMeters: number, halfHeightMeters: number): Area {
  const latitudeDelta = degrees(halfHeightMeters / EARTH_RADIUS_METERS);
  // The side nearer to a pole spans more degrees.
  const widest = latitude < 0 ? latitude - latitudeDelta : latitude + latitudeDelta;
  const longitudeDelta = degrees(halfWidthMeters / EARTH_RADIUS_METERS / Math.cos(radians(widest)));
  return {
    longitude: { min: longitude - longitudeDelta, max: longitude + longitudeDelta },
    latitude: { min: latitude - latitudeDelta, max: latitude + latitudeDelta },
  };
}
