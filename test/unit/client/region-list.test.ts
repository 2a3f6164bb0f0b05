import { expect, test } from "vitest";
import { readRegionList, RegionListError } from "../../../src/client/index.ts";

test("a list of regions is read in its order; what has no address for clients, or one of another kind, is left out", () => {
  const body = {
    nearest: "eu",
    regions: [
      { name: "eu", rest: "https://eu.example.net/", resp: "rediss://eu.example.net:6380", available: true, more: 1 },
      { name: "inner", rest: null, resp: null, available: true },
      { name: "us", rest: "javascript:alert(1)", resp: "redis://us.example.net:6379", available: false },
    ],
  };
  expect(readRegionList(body)).toEqual([
    { name: "eu", rest: "https://eu.example.net", resp: "rediss://eu.example.net:6380", available: true },
    { name: "us", rest: null, resp: "redis://us.example.net:6379", available: false },
  ]);
});

test.each([
  ["nothing", null],
  ["no list", { regions: "eu" }],
  ["a region without a name", { regions: [{ rest: "http://eu" }] }],
  ["too many", { regions: Array.from({ length: 257 }, (_, index) => ({ name: `r${index}` })) }],
])("what is no list of regions is refused: %s", (_says, body) => {
  expect(() => readRegionList(body)).toThrow(RegionListError);
});
