import { describe, expect, test } from "vitest";
import { parseRegionFlag } from "../../../src/router/region-flag.ts";

describe("--region", () => {
  test.each([
    [
      "us-east=http://127.0.0.1:8001,redis://127.0.0.1:6001",
      { name: "us-east", restUrl: "http://127.0.0.1:8001", respUrl: "redis://127.0.0.1:6001" },
    ],
    ["eu=redis://h,http://h:80", { name: "eu", restUrl: "http://h", respUrl: "redis://h:6379" }],
    ["tls=rediss://h,https://h", { name: "tls", restUrl: "https://h", respUrl: "rediss://h:6379" }],
    ["ap=https://h:8443/", { name: "ap", restUrl: "https://h:8443", respUrl: null }],
    [
      "v6=http://[::1]:8001,redis://[::1]:6001",
      { name: "v6", restUrl: "http://[::1]:8001", respUrl: "redis://[::1]:6001" },
    ],
    [
      "eu=http://10.0.0.1:8079,geo:50.11,8.68,redis://10.0.0.1,public:https://eu.example.net,public:rediss://eu.example.net:6380",
      {
        name: "eu",
        restUrl: "http://10.0.0.1:8079",
        respUrl: "redis://10.0.0.1:6379",
        publicRest: "https://eu.example.net",
        publicResp: "rediss://eu.example.net:6380",
        location: { latitude: 50.11, longitude: 8.68 },
      },
    ],
  ])("reads %s", (text, region) => {
    expect(parseRegionFlag(text)).toEqual({ kind: "region", region });
  });

  test.each([
    ["us-east", 'no "="'],
    ["=http://h:1", "no region name"],
    ["a b=http://h:1", "no region name"],
    ["a=", "no URL"],
    ["a=h:1", "no URL"],
    ["a=redis://h:1", "no REST address"],
    ["a=http://h:1,http://h:2", "two REST addresses"],
    ["a=http://h:1,redis://h:2,redis://h:3", "two RESP addresses"],
    ["a=http://h:1/path", "has a path"],
    ["a=http://u:p@h:1", "passwords do not belong here"],
    ["a=http://h:1,ftp://h:2", "neither http, https, redis nor rediss"],
    ["a=http://h:99999", "no URL"],
    ["a=http://h:1,geo:99,8", "no latitude"],
    ["a=http://h:1,public:https://u:p@h", "no address"],
  ])("refuses %s", (text, why) => {
    const parsed = parseRegionFlag(text);
    expect(parsed.kind).toBe("refused");
    if (parsed.kind !== "refused") return;
    expect(parsed.message).toContain(why);
    expect(parsed.message).not.toContain("\n");
    expect(parsed.message).toContain("wants NAME=http://HOST:PORT,redis://HOST:PORT");
  });
});
