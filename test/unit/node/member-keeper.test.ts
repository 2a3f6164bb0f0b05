import { expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { MemberKeeper } from "../../../src/node/member-keeper.ts";
import {
  formatMember,
  formatUrl,
  memberField,
  parseMemberRecords,
  urlField,
} from "../../../src/replication/membership/member-records.ts";
import { NO_PLACE } from "../../../src/replication/membership/region-place.ts";
import { SimulatedRegion } from "../../support/simulated-region.ts";

it("two regions that are added at once, in two regions, each learn where everybody is", () => {
  const records = (fields: readonly (readonly [string, string])[]) =>
    [...parseMemberRecords(fields).members].map(([region, { url }]) => [region, url]);
  const known = [
    [memberField("a"), formatMember({ state: "member", url: "ws://a" })],
    [memberField("b"), formatMember({ state: "member", url: null })],
    [urlField("b"), formatUrl("ws://b")],
    [urlField("a"), formatUrl("ws://elsewhere")],
    [urlField("stranger"), formatUrl("ws://c")],
  ] as const;
  expect(records(known)).toEqual([
    ["a", "ws://a"],
    ["b", "ws://b"],
  ]);
  expect(records(known.slice(0, 2))).toEqual([
    ["a", "ws://a"],
    ["b", null],
  ]);
});

it("[MB6] nobody acts on a change of members that a crash could still take back", async () => {
  const region = new SimulatedRegion("a", ["a", "b", "c"], new ManualClock(), seededRandom(1));
  await region.start();
  const keeper = new MemberKeeper(
    {
      region: "a",
      place: NO_PLACE,
      peers: [
        { name: "b", url: "ws://b" },
        { name: "c", url: "ws://c" },
      ],
      linked: () => ["b", "c"],
      serves: () => true,
      fence: { ageMaxMs: 0, itemsMax: 0, bytesMax: 0 },
      onFenced: () => {},
      onFenceNear: () => {},
      passedDeadlines: () => 0,
    },
    region.keyspace,
  );
  keeper.order("evict", "b", null);
  expect(keeper.tick(false)).toBe(false);
  expect(keeper.membership.cut).toEqual([]);
  region.sync();
  expect(keeper.tick(false)).toBe(true);
  expect(keeper.membership.cut).toEqual(["b"]);
});
