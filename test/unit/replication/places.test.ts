import { expect, test } from "vitest";
import { regionList } from "../../../src/node/region-list.ts";
import { parseMemberRecords, type MemberState } from "../../../src/replication/membership/member-records.ts";
import { membershipOf } from "../../../src/replication/membership/membership.ts";
import {
  formatPlace,
  NO_PLACE,
  placeField,
  type RegionPlace,
} from "../../../src/replication/membership/region-place.ts";
import { Steward } from "../../../src/replication/membership/steward.ts";
import { namedIncludes } from "../../../src/crdt/version-vector.ts";

const FRANKFURT: RegionPlace = {
  rest: "https://eu.example.net",
  resp: "rediss://eu.example.net:6380",
  location: { latitude: 50.11, longitude: 8.68 },
};

type Field = readonly [string, string];

const placed = (region: string, place: RegionPlace): Field => [placeField(region), formatPlace(place)];
const said = (region: string, state: MemberState): Field => [`member:${region}`, JSON.stringify({ state, url: null })];

function facts(fields: readonly Field[], serves = true) {
  const records = parseMemberRecords(fields);
  const peers = [
    { name: "us", url: "ws://us" },
    { name: "ap", url: "ws://ap" },
  ];
  const membership = membershipOf({ own: "eu", peers, records, hasApplied: () => true });
  const vectors = { applied: {}, appliedOf: () => ({}), includes: namedIncludes };
  return { membership, records, ...vectors, reports: [], linked: [], serves };
}

test("PL1: a region writes its own place, once, when it serves as a member", () => {
  const steward = new Steward("eu", FRANKFURT);
  const wish = { field: "place:eu", value: formatPlace(FRANKFURT) };
  expect(steward.step(facts([], false))).toEqual([]);
  expect(steward.step(facts([said("eu", "learner")]))).not.toContainEqual(wish);
  expect(steward.step(facts([said("eu", "leaving")]))).not.toContainEqual(wish);
  expect(steward.step(facts([]))).toEqual([wish]);
  expect(steward.step(facts([placed("eu", FRANKFURT)]))).toEqual([]);
  expect(steward.step(facts([placed("eu", { ...FRANKFURT, resp: null })]))).toEqual([wish]);
  expect(steward.step(facts([placed("us", FRANKFURT)]))).toEqual([wish]);
});

test("PL2: a region that is told nothing writes nothing, and takes back what it had announced", () => {
  const steward = new Steward("eu");
  expect(steward.step(facts([]))).toEqual([]);
  expect(steward.step(facts([placed("eu", FRANKFURT)]))).toEqual([{ field: "place:eu", value: formatPlace(NO_PLACE) }]);
});

test("PL1: what nobody could read back is not written again and again", () => {
  const steward = new Steward("eu", { ...NO_PLACE, rest: "https://user:secret@eu.example.net" });
  expect(steward.step(facts([]))).toEqual([]);
});

test("what another wrote is read with care: no passwords, no paths, no other protocols, no impossible places", () => {
  const hostile = { rest: "https://u:p@eu.example.net", resp: "http://eu", location: { latitude: 200, longitude: 1 } };
  const records = parseMemberRecords([
    ["place:us", JSON.stringify(hostile)],
    ["place:ap", "7"],
    ["place:EU !", JSON.stringify(FRANKFURT)],
  ]);
  expect(records.places).toEqual(new Map([["us", NO_PLACE]]));
});

test("GET /regions of a region tells of itself first, then of the others by distance; who has left is last, without an address", () => {
  const ap: RegionPlace = { ...NO_PLACE, location: { latitude: 1.35, longitude: 103.82 } };
  const fields = [
    placed("eu", FRANKFURT),
    placed("ap", ap),
    placed("gone", FRANKFURT),
    said("gone", "evicted"),
    said("new", "learner"),
  ];
  const { membership } = facts(fields);
  const peer = (name: string, connected: boolean) => ({ peer: name, connected, lagMs: 12.4 });
  const life = { membership, peers: () => [peer("ap", true), peer("us", false), peer("new", true)] as never };
  const list = regionList("eu", life, { ready: true, state: "ready", lagMs: 0 });
  expect(list.regions.map(({ name, state, available, lagMs }) => [name, state, available, lagMs])).toEqual([
    ["eu", "member", true, 0],
    ["ap", "member", true, 12],
    ["new", "learner", false, 12],
    ["us", "member", false, null],
    ["gone", "evicted", false, null],
  ]);
  expect(list.regions.at(-1)).toMatchObject({ rest: null, resp: null, latitude: null });
  expect(list.regions[0]).toMatchObject({
    rest: FRANKFURT.rest,
    resp: FRANKFURT.resp,
    latitude: 50.11,
    longitude: 8.68,
  });
});
