import { expect, test } from "vitest";
import { AddressRanges, NO_ADDRESSES } from "../../../src/sockets/address-ranges.ts";
import { forwardedClient } from "../../../src/sockets/forwarded.ts";

const PROXIES = new AddressRanges(["10.0.0.0/8"]);

test.each([
  ["10.0.0.1", "192.0.2.7", "192.0.2.7"],
  ["10.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7"],
  ["10.0.0.1", "6.6.6.6, 192.0.2.7:4711, 10.3.0.1", "192.0.2.7"],
  ["10.0.0.1", "[2001:db8::7]:80", "2001:db8::7"],
  ["::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"],
  ["10.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"],
  ["10.0.0.1", "192.0.2.7, nonsense, 10.0.0.2", "10.0.0.2"],
  ["10.0.0.1", "nonsense", null],
  ["10.0.0.1", "", null],
  ["10.0.0.1", undefined, null],
  ["192.0.2.9", "192.0.2.7", null],
])("from %s, forwarded for %s: %s", (peer, header, client) => {
  expect(forwardedClient(peer, header, PROXIES)).toBe(client);
  expect(forwardedClient(peer, header, NO_ADDRESSES)).toBe(null);
});
