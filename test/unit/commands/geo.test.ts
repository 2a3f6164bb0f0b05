import { describe, expect, test } from "vitest";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const WRONG = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const SICILY: readonly Step[] = ["geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", 2];
const UNIT = "-ERR unsupported unit provided. please use M, KM, FT, MI";
const point = (longitude: number, latitude: number): Plain => [{ double: longitude }, { double: latitude }];
const PALERMO = point(13.361389338970184, 38.1155563954963);
const CATANIA = point(15.087267458438873, 37.50266842333162);

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  [
    "GEOADD and its options",
    [
      ...SICILY,
      "geoadd g 13 38 Palermo",
      0,
      "geoadd g ch 14 38 Palermo",
      1,
      "geoadd g nx ch 1 1 Palermo 2 2 new",
      1,
      "geoadd g xx 1 1 nothing",
      0,
      "type g",
      "+zset",
      "zcard g",
      3,
      "geoadd g nx xx 1 1 a",
      SYNTAX,
      "geoadd g 1 1 a 2",
      SYNTAX,
      "geoadd g gt 1 1 a",
      SYNTAX,
      "geoadd g ch nx ch",
      SYNTAX,
      "geoadd g x 1 a",
      "-ERR value is not a valid float",
      "geoadd g 200 10 a",
      "-ERR invalid longitude,latitude pair 200.000000,10.000000",
      "geoadd g 10 86 a",
      "-ERR invalid longitude,latitude pair 10.000000,86.000000",
    ],
  ],
  [
    "GEOPOS, GEOHASH and GEODIST",
    [
      ...SICILY,
      "geopos g Palermo nope Catania",
      [PALERMO, "null-array", CATANIA],
      "geopos nothing a",
      ["null-array"],
      "geopos g",
      [],
      "geohash g Palermo nope",
      ["sqc8b49rny0", null],
      "geohash nothing a",
      [null],
      "zscore g Palermo",
      { double: 3479099956230698 },
      "geodist g Palermo Catania",
      "166274.1516",
      "geodist g Palermo Catania KM",
      "166.2742",
      "geodist g Palermo Catania mi",
      "103.3182",
      "geodist g Palermo Palermo",
      "0.0000",
      "geodist g Palermo nope",
      null,
      "geodist nothing a b",
      null,
      "geodist nothing a b xx",
      UNIT,
      "geodist g Palermo Catania km x",
      SYNTAX,
    ],
  ],
  [
    "GEOSEARCH",
    [
      ...SICILY,
      "geosearch g fromlonlat 15 37 byradius 200 km",
      ["Palermo", "Catania"],
      "geosearch g fromlonlat 15 37 byradius 100 km",
      ["Catania"],
      "geosearch g frommember Palermo byradius 200000 m desc",
      ["Catania", "Palermo"],
      "geosearch g fromlonlat 15 37 byradius 200 km asc withdist withhash withcoord",
      [
        ["Catania", "56.4413", 3479447370796909, CATANIA],
        ["Palermo", "190.4424", 3479099956230698, PALERMO],
      ],
      "geosearch g fromlonlat 15 37 bybox 400 400 km asc withdist",
      [
        ["Catania", "56.4413"],
        ["Palermo", "190.4424"],
      ],
      "geosearch g fromlonlat 15 37 bybox 200 400 km",
      ["Catania"],
      "geosearch g fromlonlat 15 37 byradius 200 km count 1",
      ["Catania"],
      "geosearch g fromlonlat 15 37 byradius 200 km count 1 any",
      ["Palermo"],
      "geosearch nothing frommember nope byradius 200 km",
      [],
    ],
  ],
  [
    "GEOSEARCH: mistakes",
    [
      ...SICILY,
      "geosearch g frommember nope byradius 200 km",
      "-ERR could not decode requested zset member",
      "geosearch g fromlonlat 15 37 byradius x km",
      "-ERR need numeric radius",
      "geosearch g fromlonlat 15 37 byradius -1 km",
      "-ERR radius cannot be negative",
      "geosearch g fromlonlat 15 37 byradius 1 xx",
      UNIT,
      "geosearch g fromlonlat 15 37 bybox x 1 km",
      "-ERR need numeric width",
      "geosearch g fromlonlat 15 37 bybox 1 x km",
      "-ERR need numeric height",
      "geosearch g fromlonlat 15 37 bybox 1 -1 km",
      "-ERR height or width cannot be negative",
      "geosearch g fromlonlat 15 37 byradius 1 km bybox 1 1 km",
      SYNTAX,
      "geosearch g byradius 200 km asc desc",
      "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch",
      "geosearch g fromlonlat 15 37 asc desc asc",
      "-ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch",
      "geosearch g fromlonlat 15 37 frommember Palermo byradius 2 km",
      SYNTAX,
      "geosearch g fromlonlat 15 37 byradius 200 km any",
      "-ERR the ANY argument requires COUNT argument",
      "geosearch g fromlonlat 15 37 byradius 200 km count 0",
      "-ERR COUNT must be > 0",
      "geosearch g fromlonlat 15 37 byradius 200 km storedist",
      SYNTAX,
      "set str v",
      "+OK",
      "geosearch str foo bar baz x y z",
      WRONG,
      "geosearch nothing foo bar baz x y z",
      SYNTAX,
    ],
  ],
  [
    "GEOSEARCHSTORE",
    [
      ...SICILY,
      "geosearchstore d g fromlonlat 15 37 byradius 200 km",
      2,
      "geohash d Palermo",
      ["sqc8b49rny0"],
      "geosearchstore d g fromlonlat 15 37 byradius 100 km storedist",
      1,
      "zrange d 0 -1 withscores",
      ["Catania", { double: 56.441257870158204 }],
      "geosearchstore d g fromlonlat 15 37 byradius 200 km withdist",
      "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
      "geosearchstore d nothing fromlonlat 15 37 byradius 200 km",
      0,
      "exists d",
      0,
    ],
  ],
  [
    "GEORADIUS and GEORADIUSBYMEMBER",
    [
      ...SICILY,
      "georadius g 15 37 200 km",
      ["Palermo", "Catania"],
      "georadius_ro g 15 37 100 km withdist",
      [["Catania", "56.4413"]],
      "georadiusbymember g Palermo 100 km",
      ["Palermo"],
      "georadiusbymember_ro g Palermo 200 km asc count 2",
      ["Palermo", "Catania"],
      "georadius g 15 37 200 km store d storedist e",
      2,
      "exists d e",
      1,
      "georadius g 15 37 200 km withdist store d",
      "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
      "georadius g 15 37 200 km store",
      SYNTAX,
      "georadius_ro g 15 37 200 km store d",
      SYNTAX,
      "georadius nothing 500 37 1 km",
      "-ERR invalid longitude,latitude pair 500.000000,37.000000",
      "georadiusbymember g nope 100 km",
      "-ERR could not decode requested zset member",
      "georadiusbymember nothing Palermo x km",
      [],
      "georadiusbymember nothing Palermo 1 km foo",
      SYNTAX,
      "command getkeys georadius g 15 37 200 km storedist e",
      ["g", "e"],
    ],
  ],
];

describe("geo", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });

  test("places are shown with seventeen places", () => {
    const world = new CommandWorld();
    world.run("geoadd g 13.361389 38.115556 Palermo");
    const { reply } = world.done("geopos g Palermo");
    expect(encodeReply(reply!, 2)).toBe("*1\r\n*2\r\n$20\r\n13.36138933897018433\r\n$20\r\n38.11555639549629859\r\n");
    expect(encodeReply(reply!, 3)).toBe("*1\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n");
  });

  test("a search finds what a look at every place finds", () => {
    const world = new CommandWorld();
    const places = Array.from({ length: 600 }, (_, index) => [
      String(((index * 137.508) % 360) - 180),
      String(((index * 53.13) % 168) - 84),
      `m${index}`,
    ]);
    world.run(["geoadd", "g", ...places.flat()]);
    for (const [longitude, latitude, radius] of [
      [0, 0, 500],
      [179.9, 10, 3000],
      [-179, -70, 1500],
      [30, 83, 2500],
      [-75, 45, 8000],
      [100, -20, 20000],
    ]) {
      world.run(`geoadd centre ${longitude} ${latitude} c`);
      const found = world.run(`geosearch g fromlonlat ${longitude} ${latitude} byradius ${radius} km`) as string[];
      const near = places.filter(([east, north]) => {
        world.run(`geoadd centre ${east} ${north} p`);
        return Number(world.run("geodist centre c p km")) <= radius!;
      });
      // The grid does not reach over a pole, nor does Redis'.
      expect(near.map((place) => place[2])).toEqual(expect.arrayContaining(found));
      if (Math.abs(latitude!) < 60 && radius! < 5000) expect(found.length).toBe(near.length);
    }
  });
});
