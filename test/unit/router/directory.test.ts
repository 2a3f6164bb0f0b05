import { describe, expect, test } from "vitest";
import { readToldList, RegionDirectory } from "../../../src/router/region-directory.ts";
import type { ToldList } from "../../../src/router/region-directory.ts";

type Sketch = readonly [name: string, state: string, rest?: string | null];

function answer(by: string, ...regions: readonly Sketch[]): ToldList {
  const list = regions.map(([name, state, rest = `http://${name}:8079`]) => ({
    name,
    state,
    rest,
    resp: rest === null ? null : `redis://${name}`,
    latitude: 1,
    longitude: 2,
  }));
  return readToldList(JSON.stringify({ region: by, regions: list }))!;
}

const names = (directory: RegionDirectory): readonly string[] => directory.regions().map(({ name }) => name);
const configured = (name: string) => ({ name, restUrl: `http://inner-${name}:1`, respUrl: null });

describe("the regions a router knows", () => {
  test("FO1: a configured address wins, and what it does not say is filled in", () => {
    const directory = new RegionDirectory([configured("eu")]);
    directory.told(answer("eu", ["eu", "member"], ["us", "member"]));
    expect(directory.regions()).toEqual([
      {
        ...configured("eu"),
        publicRest: "http://eu:8079",
        publicResp: "redis://eu",
        location: { latitude: 1, longitude: 2 },
      },
      {
        name: "us",
        restUrl: "http://us:8079",
        respUrl: "redis://us:6379",
        publicRest: "http://us:8079",
        publicResp: "redis://us",
        location: { latitude: 1, longitude: 2 },
      },
    ]);
  });

  test("FO2: members are in, learners not yet, and who leaves is out whoever has not heard of it", () => {
    const directory = new RegionDirectory([]);
    directory.told(answer("eu", ["eu", "member"], ["us", "member"], ["ap", "learner"]));
    expect(names(directory)).toEqual(["eu", "us"]);
    directory.told(answer("us", ["eu", "member"], ["us", "member"], ["ap", "member"]));
    expect(names(directory)).toEqual(["ap", "eu", "us"]);
    for (const state of ["leaving", "left", "evicted"]) {
      const leaving = new RegionDirectory([configured("us")]);
      leaving.told(answer("eu", ["eu", "member"], ["us", state]));
      leaving.told(answer("ap", ["eu", "member"], ["us", "member"], ["ap", "member"]));
      expect(names(leaving), state).toEqual(["ap", "eu"]);
    }
  });

  test.each([
    "",
    "{}",
    "[]",
    "null",
    '{"region":"eu"}',
    '{"region":"e u","regions":[]}',
    JSON.stringify({ region: "eu", regions: Array.from({ length: 257 }, () => ({})) }),
  ])("FO3: what is no answer is none: %#", (body) => {
    expect(readToldList(body)).toBeNull();
  });

  test("FO3: an answer without a region that was there takes nothing away", () => {
    const directory = new RegionDirectory([]);
    directory.told(answer("eu", ["eu", "member"], ["us", "member"]));
    directory.told(answer("us", ["us", "member"]));
    expect(names(directory)).toEqual(["eu", "us"]);
  });

  test("FO4: of its place a region's own word counts, in whatever order the answers come", () => {
    for (const order of [0, 1]) {
      const directory = new RegionDirectory([]);
      const answers = [
        answer("eu", ["eu", "member", "http://new"]),
        answer("ap", ["eu", "member", "http://old"]),
        answer("us", ["eu", "member", "http://older"]),
      ];
      for (const one of order === 0 ? answers : answers.toReversed()) directory.told(one);
      expect(directory.regions()[0]!.restUrl).toBe("http://new");
    }
  });

  test("FO5: a configured region nobody tells of stays, and goes with the configuration", () => {
    const directory = new RegionDirectory([configured("own")]);
    directory.told(answer("eu", ["eu", "member"]));
    expect(names(directory)).toEqual(["own", "eu"]);
    directory.configure([]);
    expect(names(directory)).toEqual(["eu"]);
  });

  test("FO6: a member without a usable address is not used, and named; hostile ones are no addresses", () => {
    const directory = new RegionDirectory([]);
    directory.told(answer("eu", ["eu", "member"], ["us", "member", null], ["ap", "member", "file:///etc/passwd"]));
    expect(names(directory)).toEqual(["eu"]);
    expect(directory.unusable()).toEqual(["ap", "us"]);
    const odd = JSON.stringify({
      region: "eu",
      regions: [7, null, { name: "../x", state: "member", rest: "http://x" }],
    });
    directory.told(readToldList(odd)!);
    expect(names(directory)).toEqual([]);
  });
});
