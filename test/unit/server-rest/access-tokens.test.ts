import { describe, expect, test } from "vitest";
import { utf8ToBinary } from "../../../src/base/bytes.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { standIns, userWith } from "../../support/users.ts";
import { AccessTokens } from "../../../src/server/rest/access-tokens.ts";
import { CommandQuota } from "../../../src/server/rest/command-quota.ts";
import { DEFAULT_REST_LIMITS } from "../../../src/server/rest/rest-limits.ts";

const mary = userWith("on >secret", "mary");
const users = standIns((token) => (token === "issued" ? mary : null));
const known = new AccessTokens(
  [
    { token: "standard", rights: "all" },
    { token: "reader", rights: "read-only" },
    { token: "schlüssel", rights: "all" },
    { token: "", rights: "all" },
  ],
  users,
  DEFAULT_REST_LIMITS,
  new ManualClock(),
);

describe("access tokens", () => {
  test.each([
    ["Bearer standard", null, "all"],
    ["bearer  reader ", null, "read-only"],
    [undefined, "reader", "read-only"],
    ["Basic abc", "standard", "all"],
    // Header values come as latin1, their bytes being UTF-8.
    [`Bearer ${utf8ToBinary("schlüssel")}`, null, "all"],
    [undefined, utf8ToBinary("schlüssel"), "all"],
  ])("%j, _token %j: %s", (authorization, queryToken, rights) => {
    expect(known.find(authorization, queryToken)?.user).toBe(rights === "all" ? users.operator : users.readOnly);
  });

  test.each([
    [undefined, null],
    ["", ""],
    ["Bearer", null],
    ["Bearer ", null],
    ["standard", null],
    ["Bearer standard2", null],
    ["Bearer standar", null],
    ["Bearer STANDARD", null],
    ["Bearer wrong", "standard"],
  ])("%j, _token %j: none", (authorization, queryToken) => {
    expect(known.find(authorization, queryToken)).toBeNull();
  });

  test("a token that ACL RESTTOKEN issued stands for its user, and has a quota of its own", () => {
    const limits = { ...DEFAULT_REST_LIMITS, commandsPerSecondMax: 5 };
    const tokens = new AccessTokens([{ token: "standard", rights: "all" }], users, limits, new ManualClock());
    const access = tokens.find("Bearer issued", null)!;
    expect(access.user).toBe(mary);
    expect(access.quota.take(5)).toBeNull();
    expect(tokens.find(undefined, "issued")!.quota.take(1)).not.toBeNull();
    expect(tokens.find("Bearer standard", null)!.quota.take(5)).toBeNull();
  });

  test("a header that was right is right again; one of a user's only for as long as its token is", () => {
    let holder: typeof mary | null = mary;
    const tokens = new AccessTokens(
      [{ token: "standard", rights: "all" }],
      standIns((token) => (token === "issued" ? holder : null)),
      DEFAULT_REST_LIMITS,
      new ManualClock(),
    );
    const access = tokens.find("Bearer standard", null);
    expect(access).not.toBeNull();
    for (let again = 0; again < 100; again++) {
      // Written in so many ways, and with a query that does not count beside it.
      expect(tokens.find(`Bearer ${" ".repeat(again)}standard`, "wrong")).toBe(access);
      expect(tokens.find("Bearer standard", null)).toBe(access);
      expect(tokens.find("Bearer standard2", null)).toBeNull();
      expect(tokens.find("Bearer issued", null)?.user).toBe(mary);
    }
    holder = null;
    expect(tokens.find("Bearer issued", null)).toBeNull();
  });

  test("without tokens nobody is known", () => {
    const nobody = new AccessTokens([], users, DEFAULT_REST_LIMITS, new ManualClock());
    expect(nobody.find("Bearer ", "")).toBeNull();
  });
});

describe("a token's quota", () => {
  test("is off by default", () => {
    const quota = new CommandQuota(DEFAULT_REST_LIMITS, new ManualClock());
    expect(quota.take(1_000_000_000)).toBeNull();
  });

  test("counts commands in a second and in a day, and refused ones in neither", () => {
    const clock = new ManualClock();
    const quota = new CommandQuota({ ...DEFAULT_REST_LIMITS, commandsPerSecondMax: 10, commandsPerDayMax: 25 }, clock);
    expect(quota.take(8)).toBeNull();
    expect(quota.take(3)?.message).toBe("ERR max commands per second exceeded. Limit: 10, Actual: 11");
    expect(quota.take(2)).toBeNull();
    clock.advance(1_000);
    expect(quota.take(10)).toBeNull();
    clock.advance(1_000);
    expect(quota.take(6)?.message).toBe("ERR max commands per day exceeded. Limit: 25, Actual: 26");
    expect(quota.take(5)).toBeNull();
    clock.advance(86_400_000);
    expect(quota.take(10)).toBeNull();
  });
});
