import type { Make } from "./script-generator.ts";

/** Places. Few and far between, so that no sum of rounding decides what is near. */

const PLACES = [
  ["13.361389", "38.115556"],
  ["15.087269", "37.502669"],
  ["0", "0"],
  ["-180", "85.05112878"],
  ["179.5", "-60.25"],
  ["-0.1", "51.5"],
  ["2.35", "48.85"],
  ["200", "10"],
  ["x", "1"],
];
const MEMBERS = ["a", "b", "c", "d", "e"];
const KEYS = ["g", "g", "g", "g2"];
const UNITS = ["m", "km", "ft", "mi", "KM", "xx"];
const LENGTHS = ["0", "10", "500", "5000", "20000", "-1", "x"];

const DETAILS = [[], [], ["withdist"], ["withhash", "withcoord"], ["withcoord", "withdist", "withhash"]];
const ORDERS = [
  ["asc"],
  ["desc"],
  ["count", "2"],
  ["asc", "count", "1"],
  ["count", "0"],
  ["any"],
  ["count", "x"],
  ["foo"],
  [],
];

export const GEO_FAMILIES: readonly Make[] = [
  (p) => [
    "geoadd",
    p.one(KEYS),
    p.option([], [], ["nx"], ["xx"], ["ch"], ["nx", "xx"]),
    p.option(...PLACES),
    p.one(MEMBERS),
  ],
  (p) => [
    "geoadd",
    "g",
    p.many(() => [...p.option(...PLACES.slice(0, 7)), p.one(MEMBERS)]),
    p.option([], [], [], ["1"]),
  ],
  (p) => [p.one(["geopos", "geohash"]), p.one([...KEYS, p.key()]), p.many(() => [p.one(MEMBERS)])],
  (p) => [
    "geodist",
    p.one([...KEYS, p.key()]),
    p.one(MEMBERS),
    p.one(MEMBERS),
    p.option([], [p.one(UNITS)], ["km", "x"]),
  ],
  (p) => [
    "geosearch",
    p.one([...KEYS, p.key()]),
    p.option(["frommember", p.one(MEMBERS)], ["fromlonlat", ...p.option(...PLACES)], ["foo", "bar", "baz"], []),
    p.option(["byradius", p.one(LENGTHS), p.one(UNITS)], ["bybox", p.one(LENGTHS), p.one(LENGTHS), p.one(UNITS)]),
    p.option(...ORDERS),
    p.option(...DETAILS),
  ],
  (p) => [
    "geosearchstore",
    p.one(["g2", "gs"]),
    p.one(KEYS),
    p.option(["frommember", p.one(MEMBERS)], ["fromlonlat", ...p.option(...PLACES)]),
    ["byradius", p.one(LENGTHS), p.one(UNITS)],
    p.option(...ORDERS),
    p.option([], ["storedist"], ["withdist"]),
  ],
  (p) => [
    p.one(["georadius", "georadius_ro"]),
    p.one([...KEYS, p.key()]),
    p.option(...PLACES),
    p.one(LENGTHS),
    p.one(UNITS),
    p.option(...ORDERS),
    p.option(...DETAILS, ["store", "gs"], ["storedist", "gs"]),
  ],
  (p) => [
    p.one(["georadiusbymember", "georadiusbymember_ro"]),
    p.one([...KEYS, p.key()]),
    p.one(MEMBERS),
    p.one(LENGTHS),
    p.one(UNITS),
    p.option(...ORDERS),
    p.option(...DETAILS, ["store", "gs"]),
  ],
];
