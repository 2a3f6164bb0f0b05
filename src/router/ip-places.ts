import { readFile } from "node:fs/promises";
import { isIPv4, isIPv6 } from "node:net";
import { geoPoint } from "../base/geo-point.ts";
import type { GeoPoint } from "../base/geo-point.ts";
import { countryPlace } from "./country-places.ts";

/** The table could not be read; the message is one line for a person. */
export class IpPlacesError extends Error {
  override readonly name = "IpPlacesError";
}

const ROWS_MAX = 5_000_000;
/** Lines read without letting others have their turn: about ten milliseconds. */
const ROWS_AT_ONCE = 5000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Ranges of addresses and where they are, from a file of comma-separated lines, as the packages `@ip-location-db/*-country` and `*-city`
 * on npm have them (use one under CC0 or PDDL):
 *
 *     FIRST,LAST,COUNTRY                                                          a country's code
 *     FIRST,LAST,COUNTRY,STATE,…,LATITUDE,LONGITUDE[,TIMEZONE]                    coordinates, in the last or last but one place
 *
 * Both versions of IP may be in one file, in any order. A line costs 24 bytes of memory.
 */
export class IpPlaces {
  readonly #four: Ranges;
  readonly #six: Ranges;

  constructor(four: Ranges, six: Ranges) {
    this.#four = four;
    this.#six = six;
  }

  get size(): number {
    return this.#four.firsts.length + this.#six.firsts.length;
  }

  find(address: string): GeoPoint | null {
    const mapped = address.replace(/^::ffff:(?=[0-9.]+$)/iu, "");
    const number = addressNumber(mapped);
    if (number === null) return null;
    return lookUp(isIPv4(mapped) ? this.#four : this.#six, number);
  }
}

interface Ranges {
  /** Ascending. */
  readonly firsts: BigUint64Array;
  readonly lasts: BigUint64Array;
  /** Latitude, longitude, latitude, longitude … */
  readonly points: Float32Array;
}

/** Reads the file piece by piece, so that a router that serves meanwhile is not held up. Rejects with IpPlacesError. */
export async function readIpPlaces(path: string): Promise<IpPlaces> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new IpPlacesError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseIpPlaces(text, path);
}

export async function parseIpPlaces(text: string, path: string): Promise<IpPlaces> {
  const four: Row[] = [];
  const six: Row[] = [];
  let line = 0;
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    const row = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (++line % ROWS_AT_ONCE === 0) await nextTurn();
    if (row.trim() === "") continue;
    const parsed = parseRow(row);
    if (parsed === null)
      throw new IpPlacesError(`${path}, line ${line}: wants FIRST,LAST,COUNTRY… as @ip-location-db has it`);
    if (parsed.point === null) continue;
    (parsed.isFour ? four : six).push(parsed as Row);
    if (four.length + six.length > ROWS_MAX) throw new IpPlacesError(`${path}: more than ${ROWS_MAX} lines`);
  }
  return new IpPlaces(ranges(four), ranges(six));
}

interface Row {
  readonly first: bigint;
  readonly last: bigint;
  readonly point: GeoPoint;
}

function parseRow(row: string): { first: bigint; last: bigint; isFour: boolean; point: GeoPoint | null } | null {
  const cells = row.split(",").map((cell) => cell.trim().replace(/^"|"$/gu, ""));
  const [from, to, country] = cells;
  const first = addressNumber(from ?? "");
  const last = addressNumber(to ?? "");
  if (first === null || last === null || last < first || country === undefined) return null;
  if (isIPv4(from!) !== isIPv4(to!)) return null;
  const point =
    cells.length < 5 ? null : (geoPoint(cells.at(-3), cells.at(-2)) ?? geoPoint(cells.at(-2), cells.at(-1)));
  // An unknown country is a line of no use, not a mistake.
  return { first, last, isFour: isIPv4(from!), point: point ?? countryPlace(country) };
}

function ranges(rows: Row[]): Ranges {
  // They come in order as a rule: then sorting is one pass that finds nothing to do.
  if (rows.some((row, index) => index > 0 && row.first < rows[index - 1]!.first)) {
    rows.sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
  }
  const table = {
    firsts: new BigUint64Array(rows.length),
    lasts: new BigUint64Array(rows.length),
    points: new Float32Array(2 * rows.length),
  };
  for (const [index, { first, last, point }] of rows.entries()) {
    table.firsts[index] = first;
    table.lasts[index] = last;
    table.points[2 * index] = point.latitude;
    table.points[2 * index + 1] = point.longitude;
  }
  return table;
}

function lookUp({ firsts, lasts, points }: Ranges, number: bigint): GeoPoint | null {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firsts[middle]! <= number) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  if (at < 0 || lasts[at]! < number) return null;
  return { latitude: points[2 * at]!, longitude: points[2 * at + 1]! };
}

/** IPv4 as its 32 bits; of IPv6 the first 64, as no range of these tables is finer. Null where it is no address. */
function addressNumber(text: string): bigint | null {
  if (isIPv4(text)) return BigInt(text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0));
  if (!isIPv6(text)) return null;
  const [head, tail] = text.toLowerCase().split("%")[0]!.split("::") as [string, string | undefined];
  const groups = (part: string | undefined): string[] => (part === undefined || part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(tail)];
  // An IPv4 tail takes the room of two groups.
  const width = (list: readonly string[]): number =>
    list.reduce((sum, group) => sum + (group.includes(".") ? 2 : 1), 0);
  const filled = [
    ...before,
    ...Array.from({ length: Math.max(0, 8 - width(before) - width(after)) }, () => "0"),
    ...after,
  ];
  return filled.slice(0, 4).reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
