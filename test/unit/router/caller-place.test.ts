import { describe, expect, test } from "vitest";
import { callerPlace } from "../../../src/router/caller-place.ts";
import { IpPlacesError, parseIpPlaces, readIpPlaces } from "../../../src/router/ip-places.ts";
import { publicRegions } from "../../../src/router/region-list.ts";
import type { RegionSnapshot } from "../../../src/router/region-snapshot.ts";
import { priorOf } from "../../../src/router/score.ts";

type Headers = Readonly<Record<string, string>>;

function asked(headers: Headers, more: { target?: string; trusted?: boolean; address?: string } = {}) {
  const { target = "/regions", trusted = true, address = null } = more;
  return { target, header: (name: string) => headers[name] ?? null, viaTrustedEdge: trusted, address };
}

const TABLE = await parseIpPlaces(
  [
    "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,SG",
    "1.0.0.0,1.0.0.255,AU",
    "10.0.0.0,10.255.255.255,US,Virginia,,Ashburn,20149,39.04,-77.49,America/New_York",
    "11.0.0.0,11.0.0.255,XX",
    "",
  ].join("\n"),
  "table.csv",
);

describe("where a caller is", () => {
  test.each<[string, Headers, number, number]>([
    ["Cloudflare", { "cf-iplatitude": "50.11", "cf-iplongitude": "8.68", "cf-ipcountry": "US" }, 50.11, 8.68],
    ["Cloudflare's country alone", { "cf-ipcountry": "SG" }, 1, 104],
    ["Vercel", { "x-vercel-ip-latitude": "-33.9", "x-vercel-ip-longitude": "151.2" }, -33.9, 151.2],
    ["CloudFront", { "cloudfront-viewer-latitude": "1.5", "cloudfront-viewer-longitude": "103" }, 1.5, 103],
    ["CloudFront's country", { "cloudfront-viewer-country": "BR" }, -20, -46],
    ["App Engine", { "x-appengine-citylatlong": "37.38,-122.08" }, 37.38, -122.08],
    ["Fly: the edge itself", { "fly-region": "fra" }, 50, 8.6],
  ])("is what a trusted edge says: %s", (_edge, headers, latitude, longitude) => {
    expect(callerPlace(asked(headers), null)).toEqual({ point: { latitude, longitude }, source: "edge" });
    expect(callerPlace(asked(headers, { trusted: false }), null)).toBeNull();
  });

  test.each<Headers>([
    { "cf-iplatitude": "500", "cf-iplongitude": "8" },
    { "cf-iplatitude": "50" },
    { "cf-ipcountry": "XX" },
    { "cf-ipcountry": "T1" },
    { "fly-region": "nowhere" },
    {},
  ])("is unknown where the edge says nothing of use: %o", (headers) => {
    expect(callerPlace(asked(headers), TABLE)).toBeNull();
  });

  test("its own word comes first, its address last", () => {
    const headers = { "cf-ipcountry": "SG" };
    const address = "10.1.2.3";
    const at = asked(headers, { target: "/regions?x=1&at=48.86,2.35", address });
    expect(callerPlace(at, TABLE)).toEqual({ point: { latitude: 48.86, longitude: 2.35 }, source: "caller" });
    expect(callerPlace(asked(headers, { address }), TABLE)!.source).toBe("edge");
    const looked = callerPlace(asked(headers, { address, trusted: false }), TABLE)!;
    expect(looked.source).toBe("address");
    expect(looked.point.latitude).toBeCloseTo(39.04);
    expect(looked.point.longitude).toBeCloseTo(-77.49);
    expect(callerPlace(asked({}, { target: "/regions?at=nonsense" }), null)).toBeNull();
  });
});

describe("a table of addresses", () => {
  test.each([
    ["1.0.0.0", 148],
    ["1.0.0.255", 148],
    ["::ffff:1.0.0.7", 148],
    ["2001:db8:1::7", 104],
    ["2001:DB8:0:0:0:0:0:1", 104],
  ])("finds %s", (address, longitude) => {
    expect(TABLE.find(address)?.longitude).toBe(longitude);
  });

  test.each(["0.255.255.255", "1.0.1.0", "11.0.0.1", "2001:db9::1", "2001:db7:ffff::", "::1", "", "nonsense"])(
    "does not find %s",
    (address) => expect(TABLE.find(address)).toBeNull(),
  );

  test.each(["nonsense", "1.0.0.0,1.0.0.255", "1.0.0.9,1.0.0.1,AU", "1.0.0.0,2001:db8::,AU", "1.0.0.0/24,AU,AU"])(
    "refuses a line that is none, by its number: %s",
    async (line) => {
      const parsed = parseIpPlaces(`1.0.0.0,1.0.0.255,AU\n${line}`, "t.csv");
      await expect(parsed).rejects.toThrow(IpPlacesError);
      await expect(parsed).rejects.toThrow("t.csv, line 2");
    },
  );

  test("a file that is not there is refused by name", async () => {
    await expect(readIpPlaces("/nonexistent/t.csv")).rejects.toThrow("/nonexistent/t.csv");
  });

  test("the country package on npm is read as it comes, and others have their turns meanwhile", async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => {
      const block = `${1 + Math.floor(index / 250)}.${index % 250}`;
      return `${block}.0.0,${block}.255.255,${index % 2 === 0 ? "DE" : "JP"}`;
    });
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const table = await parseIpPlaces(lines.join("\n"), "t.csv");
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
    expect(table.size).toBe(60_000);
    expect(table.find("100.6.7.8")?.longitude).toBe(10);
    expect(table.find("100.7.7.8")?.longitude).toBe(137);
  });
});

describe("GET /regions", () => {
  const snapshot = (name: string, more: Partial<RegionSnapshot>): RegionSnapshot => ({
    name,
    state: "healthy",
    reason: null,
    degraded: null,
    nearest: false,
    available: true,
    scoreMs: 10,
    latencyMs: 10,
    lagMs: 0,
    inFlight: 0,
    restUrl: "http://10.0.0.1",
    respUrl: "redis://10.0.0.1:6379",
    publicRest: null,
    publicResp: null,
    location: null,
    ...more,
  });
  const eu = snapshot("eu", { scoreMs: 5, location: { latitude: 50, longitude: 8 } });
  const us = snapshot("us", { scoreMs: 80, location: { latitude: 39, longitude: -77 } });
  const ap = snapshot("ap", {
    scoreMs: 1,
    available: false,
    degraded: "lagging",
    location: { latitude: 1, longitude: 104 },
  });
  const dead = snapshot("dead", { scoreMs: null, state: "down", available: false });
  const bare = snapshot("bare", { scoreMs: 50 });
  const order = (place: Parameters<typeof publicRegions>[2]) =>
    publicRegions([dead, ap, us, bare, eu], "eu", place).regions.map(({ name }) => name);

  test("is ordered by what the router measured, where nothing is known of the caller: well, behind, down", () => {
    expect(order(null)).toEqual(["eu", "bare", "us", "ap", "dead"]);
  });

  test("is ordered by distance from the caller; regions of which no place is known come after those", () => {
    const washington = { point: { latitude: 38.9, longitude: -77 }, source: "edge" as const };
    expect(order(washington)).toEqual(["us", "eu", "bare", "ap", "dead"]);
  });

  test("does not show the router's own addresses", () => {
    expect(JSON.stringify(publicRegions([eu], "eu", null))).not.toContain("10.0.0.1");
  });
});

test("the guess before a measurement grows with distance, and is none where a place is unknown", () => {
  const frankfurt = { latitude: 50.1, longitude: 8.7 };
  const sydney = { latitude: -33.9, longitude: 151.2 };
  expect(priorOf(frankfurt, frankfurt)).toBe(1);
  expect(priorOf(frankfurt, sydney)).toBeGreaterThan(200);
  expect(priorOf(frankfurt, sydney)).toBeLessThan(300);
  expect(priorOf(null, sydney)).toBe(Number.POSITIVE_INFINITY);
});
