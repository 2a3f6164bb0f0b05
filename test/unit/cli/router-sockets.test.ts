import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../../src/cli/resolve-settings.ts";
import { limitsOf, socketsOf } from "../../../src/cli/router-sockets.ts";
import { ROUTER_SETTINGS } from "../../../src/cli/router-settings.ts";

const read = (...flags: readonly (readonly [string, string])[]) =>
  resolveSettings(ROUTER_SETTINGS, {
    flags: Object.fromEntries(flags.map(([flag, value]) => [flag, [value]])),
    environment: {},
    file: {},
  });

describe("the sockets of a router, by its settings", () => {
  test("are plain unless said otherwise", () => {
    const { httpDoor, respDoor, towards, trustedProxies } = socketsOf(read());
    expect([httpDoor.tls, respDoor.tls, trustedProxies]).toEqual([null, null, undefined]);
    expect(towards).toEqual({ authority: null, certificate: null, key: null, proxyVersion: null });
  });

  test("are TLS door by door, and say who the client is", () => {
    const values = read(["resp-cert", "c"], ["resp-key", "k"], ["resp-ca", "a"], ["region-proxy-protocol", "v1"]);
    const { httpDoor, respDoor, towards } = socketsOf(values);
    expect(httpDoor.tls).toBe(null);
    expect(respDoor.tls).toEqual({ certificate: "c", key: "k", authority: "a" });
    expect(towards.proxyVersion).toBe(1);
  });

  test("limits are the settings'", () => {
    const limits = limitsOf(read(["connections-per-address-max", "7"], ["resp-failback-per-second", "0"]));
    expect(limits.http.connectionsPerAddressMax).toBe(7);
    expect(limits.resp).toMatchObject({ connectionsPerAddressMax: 7, failbackPerSecond: 0 });
  });

  test.each<[string, string, string]>([
    ["http-cert", "x", "--http-cert and --http-key belong together"],
    ["resp-ca", "x", "--resp-ca needs --resp-cert"],
    ["region-key", "x", "--region-cert and --region-key"],
    ["trusted-proxies", "10.0.0.0/99", "wants CIDR"],
    ["pin-host", "eu", "wants REGION=HOST"],
    ["bind", "token=eu", "wants sha256:HEX"],
  ])("--%s %s is refused", (flag, value, why) => {
    expect(() => socketsOf(read([flag, value]))).toThrow(why);
  });
});
