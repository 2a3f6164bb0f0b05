import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import {
  areaOf,
  bitsOf,
  boxAround,
  cellOf,
  distanceMeters,
  latitudeMeters,
  placeOfScore,
  STEPS_MAX,
  type Area,
  type Cell,
  type Place,
} from "./geo-hash.ts";

/**
 * Places near a place. Around the centre's cell, in a grid just coarse enough for the shape, lie eight others; together they
 * cover it. Each is one range of scores, and only what is in those ranges is looked at.
 */

export type Shape =
  | { readonly kind: "circle"; readonly radiusMeters: number }
  | { readonly kind: "box"; readonly widthMeters: number; readonly heightMeters: number };

export interface Hit {
  readonly member: string;
  readonly score: number;
  readonly place: Place;
  readonly distanceMeters: number;
}

/** In the order of the cells; at most `limit`, which then are some and not the nearest. */
export function searchPlaces(set: SortedSetView, centre: Place, shape: Shape, limit: number): Hit[] {
  const hits: Hit[] = [];
  for (const cell of coveringCells(centre, shape)) {
    const width = 2 ** (2 * (STEPS_MAX - cell.step));
    const [min, max] = [bitsOf(cell) * width, (bitsOf(cell) + 1) * width];
    const from = set.countBefore(({ score }) => (score < min ? -1 : 1));
    const to = set.countBefore(({ score }) => (score < max ? -1 : 1));
    for (const { member, score } of set.slice(from, to)) {
      const place = placeOfScore(score);
      const meters = distanceWithin(centre, shape, place);
      if (meters === null) continue;
      hits.push({ member, score, place, distanceMeters: meters });
      if (hits.length >= limit) return hits;
    }
  }
  return hits;
}

/** Null when the place is outside. */
function distanceWithin(centre: Place, shape: Shape, place: Place): number | null {
  if (shape.kind === "circle") {
    const meters = distanceMeters(centre, place);
    return meters > shape.radiusMeters ? null : meters;
  }
  if (latitudeMeters(place.latitude, centre.latitude) > shape.heightMeters / 2) return null;
  const beside = { longitude: centre.longitude, latitude: place.latitude };
  if (distanceMeters(place, beside) > shape.widthMeters / 2) return null;
  return distanceMeters(centre, place);
}

/** Half the Earth's circumference in the projection. */
const MERCATOR_MAX_METERS = 20037726.37;

/** How fine a grid may be so that a cell and its neighbours cover a radius. Near the poles cells are narrow. */
function stepFor(radiusMeters: number, latitude: number): number {
  if (radiusMeters === 0) return STEPS_MAX;
  let step = 1;
  for (let meters = radiusMeters; meters < MERCATOR_MAX_METERS; meters *= 2) step++;
  step -= 2;
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.min(Math.max(step, 1), STEPS_MAX);
}

/** Column and row of the neighbours, in the order in which Redis answers what is in them. */
const NEIGHBOURS = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
] as const;

function coveringCells(centre: Place, shape: Shape): readonly Cell[] {
  const [halfWidth, halfHeight, radius] =
    shape.kind === "circle"
      ? [shape.radiusMeters, shape.radiusMeters, shape.radiusMeters]
      : [shape.widthMeters / 2, shape.heightMeters / 2, Math.hypot(shape.widthMeters / 2, shape.heightMeters / 2)];
  const box = boxAround(centre, halfWidth, halfHeight);
  let step = stepFor(radius, centre.latitude);
  if (step > 1 && !reaches(cellOf(centre, step), box)) step--;
  const middle = cellOf(centre, step);
  const area = areaOf(middle);
  const cells: Cell[] = [];
  for (const [columns, rows] of NEIGHBOURS) {
    if (step >= 2 && isBeyond(columns, rows, area, box)) continue;
    const cell = moved(middle, columns, rows);
    const last = cells.at(-1);
    // On a coarse grid two neighbours are one.
    if (last === undefined || last.column !== cell.column || last.row !== cell.row) cells.push(cell);
  }
  return cells;
}

/** The cell's neighbours cover the box. */
function reaches(cell: Cell, { longitude, latitude }: Area): boolean {
  return (
    areaOf(moved(cell, 0, 1)).latitude.max >= latitude.max &&
    areaOf(moved(cell, 0, -1)).latitude.min <= latitude.min &&
    areaOf(moved(cell, 1, 0)).longitude.max >= longitude.max &&
    areaOf(moved(cell, -1, 0)).longitude.min <= longitude.min
  );
}

/** The box does not reach out of the middle cell to this side. */
function isBeyond(columns: number, rows: number, area: Area, box: Area): boolean {
  return (
    (rows < 0 && area.latitude.min < box.latitude.min) ||
    (rows > 0 && area.latitude.max > box.latitude.max) ||
    (columns < 0 && area.longitude.min < box.longitude.min) ||
    (columns > 0 && area.longitude.max > box.longitude.max)
  );
}

/** Round the Earth, as the grid has it. */
function moved({ column, row, step }: Cell, columns: number, rows: number): Cell {
  const size = 2 ** step;
  const along = (index: number, by: number): number => (by === 0 ? index : (index + by + size) % size);
  return { column: along(column, columns), row: along(row, rows), step };
}
