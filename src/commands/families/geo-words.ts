import type { BinaryString } from "../../base/bytes.ts";
import { DoubleReply } from "../../resp/reply.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import {
  invalidPlace,
  NEGATIVE_BOX,
  NEGATIVE_RADIUS,
  NO_HEIGHT,
  NO_RADIUS,
  NO_WIDTH,
  UNKNOWN_UNIT,
} from "../collection-refusals.ts";
import { isWord } from "../words.ts";
import { doubleWord } from "./double-words.ts";
import { LATITUDE_MAX, LONGITUDE_MAX, type Place } from "./geo-hash.ts";
import type { Shape } from "./geo-search.ts";

/** Places, distances and shapes as words, and as replies. */

const METERS_BY_UNIT = [
  ["M", 1],
  ["KM", 1000],
  ["FT", 0.3048],
  ["MI", 1609.34],
] as const;

/** Metres in a unit. */
export function unitWord(word: BinaryString): number {
  const unit = METERS_BY_UNIT.find(([name]) => isWord(word, name));
  if (unit === undefined) throw UNKNOWN_UNIT;
  return unit[1];
}

export function placeWords(longitudeWord: BinaryString, latitudeWord: BinaryString): Place {
  const [longitude, latitude] = [doubleWord(longitudeWord), doubleWord(latitudeWord)];
  if (Math.abs(longitude) > LONGITUDE_MAX || Math.abs(latitude) > LATITUDE_MAX) throw invalidPlace(longitude, latitude);
  return { longitude, latitude };
}

export interface MeasuredShape {
  readonly shape: Shape;
  readonly metersPerUnit: number;
}

export function circleWords(radiusWord: BinaryString, unit: BinaryString): MeasuredShape {
  const radius = lengthWord(radiusWord, NO_RADIUS, NEGATIVE_RADIUS);
  const metersPerUnit = unitWord(unit);
  return { shape: { kind: "circle", radiusMeters: radius * metersPerUnit }, metersPerUnit };
}

export function boxWords(widthWord: BinaryString, heightWord: BinaryString, unit: BinaryString): MeasuredShape {
  const [width, height] = [doubleWord(widthWord, NO_WIDTH), doubleWord(heightWord, NO_HEIGHT)];
  if (width < 0 || height < 0) throw NEGATIVE_BOX;
  const metersPerUnit = unitWord(unit);
  const shape: Shape = { kind: "box", widthMeters: width * metersPerUnit, heightMeters: height * metersPerUnit };
  return { shape, metersPerUnit };
}

function lengthWord(word: BinaryString, noNumber: ReplyError, negative: ReplyError): number {
  const length = doubleWord(word, noNumber);
  if (length < 0) throw negative;
  return length;
}

/** A distance, always a string with four places. */
export function distanceText(distance: number): string {
  return distance.toFixed(4);
}

/** Longitude and latitude with as many places as Redis shows, which are more than a double needs. */
export function placeReply({ longitude, latitude }: Place): readonly DoubleReply[] {
  const shown = (degrees: number): DoubleReply => new DoubleReply(degrees, degrees.toFixed(17).replace(/\.?0+$/u, ""));
  return [shown(longitude), shown(latitude)];
}
