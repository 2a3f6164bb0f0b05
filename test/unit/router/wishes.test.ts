import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { choose, NO_WISHES } from "../../../src/router/choice.ts";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { unknownRegion } from "../../../src/router/health-state.ts";
import { candidateOf } from "../../../src/router/score.ts";
import { Bounds, parseBound } from "../../../src/router/token-bounds.ts";
import { PinnedHosts, readWishes } from "../../../src/router/wishes.ts";

const HOSTS = new PinnedHosts([{ region: "eu", host: "eu.example.net" }]);

const read = (target: string, headers: Readonly<Record<string, string>> = {}, bounds: string[] | null = null) =>
  readWishes({ target, header: (name) => headers[name] ?? null, sticky: null }, HOSTS, bounds);

describe("what a request wishes", () => {
  test.each<[string, Record<string, string>, object, string]>([
    ["/get/k", {}, {}, "/get/k"],
    ["/get/k", { "x-region": "us" }, { preferred: "us" }, "/get/k"],
    ["/get/k", { "fly-prefer-region": "us", "x-region": "eu" }, { preferred: "eu" }, "/get/k"],
    ["/get/k", { "fly-force-region": "us" }, { forced: "us" }, "/get/k"],
    ["/region/us/set/k/%2F?EX=1", {}, { forced: "us" }, "/set/k/%2F?EX=1"],
    ["/region/us", {}, { forced: "us" }, "/"],
    ["/region/us?x=1", {}, { forced: "us" }, "/?x=1"],
    ["/region", {}, {}, "/region"],
    ["/regional/us", {}, {}, "/regional/us"],
    ["/get/k", { host: "EU.example.net:8443" }, { forced: "eu" }, "/get/k"],
    ["/get/k", { host: "example.net" }, {}, "/get/k"],
    ["/region/eu/get/k", { host: "eu.example.net", "x-region-force": "eu" }, { forced: "eu" }, "/get/k"],
    ["/get/k", { "x-region-force": "us", "x-region-fallback": "any", "x-region": "eu" }, { preferred: "us" }, "/get/k"],
  ])("%s %j", (target, headers, wishes, sent) => {
    expect(read(target, headers)).toEqual({ kind: "wishes", wishes: { ...NO_WISHES, ...wishes }, target: sent });
  });

  test("two pins that differ contradict each other", () => {
    expect(read("/region/us/get/k", { host: "eu.example.net" })).toEqual({
      kind: "contradiction",
      one: "us",
      other: "eu",
    });
    expect(read("/region/us/get/k", { "x-region-force": "eu" }).kind).toBe("contradiction");
  });
});

describe("tokens bound to regions", () => {
  const digest = createHash("sha256").update("s3cret/+").digest("hex");
  const bounds = new Bounds([parseBound(`sha256:${digest.toUpperCase()}=eu+eu2`)!, parseBound("user:alice=eu")!]);

  test.each([
    ["Bearer s3cret/+", "/get/k", true],
    ["bearer   s3cret/+  ", "/get/k", true],
    ["Bearer other", "/get/k?_token=s3cret/%2B", false],
    [null, "/get/k?_token=s3cret/%2B", true],
    ["Basic xyz", "/get/k?EX=1&%5Ftoken=s3cret%2F%2b", true],
    [null, "/get/k?_token=s3cret/%2B&_token=other", false],
    [null, "/get/k?_token=other&_token=s3cret/%2B", true],
    [null, "/get/k?token=s3cret/%2B", false],
    [null, "/get/k", false],
  ])("are known as regions know them: %s %s", (authorization, target, isBound) => {
    expect(bounds.ofRequest(authorization, target)).toEqual(isBound ? ["eu", "eu2"] : null);
  });

  test("and users by name", () => {
    expect([bounds.ofUser("alice"), bounds.ofUser("bob"), bounds.hasUsers]).toEqual([["eu"], null, true]);
  });

  test.each(["sha256:abc=eu", "token=eu", `sha256:${digest}=`, `sha256:${digest}=eu++us`, "user:=eu", "user:a b=eu"])(
    "%s is none",
    (text) => expect(parseBound(text)).toBe(null),
  );

  const names = ["us", "eu", "eu2"];
  const candidates = names.map((name, index) => ({
    ...candidateOf(name, unknownRegion(0), 0, 0, ROUTER_LIMITS, 0),
    standing: name === "us" ? ("available" as const) : ("unavailable" as const),
    scoreMs: index,
  }));
  const landscape = { candidates, nearest: "us", previous: null, shifted: 1 };
  const within = ["eu", "eu2"];

  test("never leave them: with all of these down they are tried, and no other", () => {
    expect(choose({ ...NO_WISHES, within }, landscape, 0)).toMatchObject({ kind: "route", order: ["eu", "eu2"] });
    expect(choose({ ...NO_WISHES, within, sticky: "us" }, landscape, 0)).toMatchObject({ order: ["eu", "eu2"] });
    for (const wish of [{ forced: "us" }, { preferred: "us" }]) {
      expect(choose({ ...NO_WISHES, within, ...wish }, landscape, 0)).toEqual({
        kind: "out-of-bounds",
        name: "us",
        within,
      });
    }
    expect(choose({ ...NO_WISHES, within, forced: "eu" }, landscape, 0).kind).toBe("forced-region-down");
  });
});
