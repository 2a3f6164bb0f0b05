import { expect, test } from "vitest";
import { isBareUrl } from "../../../src/base/bare-url.ts";
import { distanceKm, geoPoint, parseGeoPoint } from "../../../src/base/geo-point.ts";

const FRANKFURT = { latitude: 50.11, longitude: 8.68 };
const SYDNEY = { latitude: -33.87, longitude: 151.21 };

test("points are read from text and from numbers, in degrees in range", () => {
  expect(parseGeoPoint("50.11, 8.68")).toEqual(FRANKFURT);
  expect(parseGeoPoint("-33.87,+151.21")).toEqual(SYDNEY);
  expect(geoPoint("90", "-180")).toEqual({ latitude: 90, longitude: -180 });
  for (const text of ["", "50", "50,8,1", "91,0", "0,181", "x,8", "1e1,8", "50.,8", "NaN,0"]) {
    expect(parseGeoPoint(text), text).toBeNull();
  }
  expect(geoPoint(Number.NaN, 0)).toBeNull();
  expect(geoPoint(undefined, 0)).toBeNull();
});

test("distances are those of the globe, also across the date line and at the poles", () => {
  expect(distanceKm(FRANKFURT, SYDNEY)).toBeGreaterThan(16_300);
  expect(distanceKm(FRANKFURT, SYDNEY)).toBeLessThan(16_700);
  expect(distanceKm({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 })).toBeCloseTo(222.4, 0);
  expect(distanceKm({ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 120 })).toBeCloseTo(0);
  expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20_015, 0);
});

test("a bare URL is an address and no more", () => {
  const protocols = ["https:", "http:"];
  for (const url of ["https://a.example.net", "http://10.0.0.1:8079/", "http://[::1]:80"]) {
    expect(isBareUrl(url, protocols), url).toBe(true);
  }
  const refused = ["ftp://a", "https://u:p@a", "https://a/x", "https://a?x", "https://a#x", "a", ""];
  for (const url of [...refused, `https://${"a".repeat(300)}`]) expect(isBareUrl(url, protocols), url).toBe(false);
});
