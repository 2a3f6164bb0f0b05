import { assert, constantFrom, integer, ipV4, ipV6, oneof, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressRanges, plainAddress } from "../../../src/sockets/address-ranges.ts";
import { readProxyHeader, writeProxyHeader } from "../../../src/sockets/proxy-header.ts";

const read = (text: string) => readProxyHeader(Buffer.from(text, "latin1"));
const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

describe("the PROXY protocol", () => {
  test.each([
    [
      "PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\nGET",
      { lengthBytes: 41, client: { address: "192.0.2.7", port: 56_324 } },
    ],
    ["PROXY TCP6 2001:db8::7 ::1 1 65535\r\n", { lengthBytes: 36, client: { address: "2001:db8::7", port: 1 } }],
    ["PROXY UNKNOWN\r\n", { lengthBytes: 15, client: null }],
    ["PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", { lengthBytes: 35, client: null }],
  ])("version 1: %j", (text, header) => {
    expect(read(text)).toEqual({ kind: "header", ...header });
  });

  test.each([
    ["GET / HTTP/1.1\r\n", "does not begin with"],
    ["PROXY TCP4 192.0.2.7 10.0.0.1 56324\r\n", "names no client"],
    ["PROXY TCP4 ::1 10.0.0.1 1 2\r\n", "names no client"],
    ["PROXY TCP4 192.0.2.7 10.0.0.1 70000 2\r\n", "names no client"],
    ["PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n", "names no client"],
    ["PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n", "names no client"],
    [`PROXY ${"x".repeat(200)}`, "has no end"],
    [`PROXY ${"x".repeat(200)}\r\n`, "has no end"],
    [`${SIGNATURE}\x31\x11\0\x0c${"\0".repeat(12)}`, "no known version"],
    [`${SIGNATURE}\x21\x11\0\x04\0\0\0\0`, "too short"],
    [`${SIGNATURE}\x21\x11\xff\xff`, "longer than"],
  ])("refuses %j", (text, reason) => {
    expect(read(text)).toEqual({ kind: "malformed", reason: expect.stringContaining(reason) as string });
  });

  test("version 2: addresses, what follows them, and a proxy that speaks for itself", () => {
    const inet = `${SIGNATURE}\x21\x11\0\x0f\xc0\0\x02\x07\x0a\0\0\x01\0\x50\x01\xbb\x04\0\0*1`;
    expect(read(inet)).toEqual({ kind: "header", lengthBytes: 31, client: { address: "192.0.2.7", port: 80 } });
    expect(read(`${SIGNATURE}\x20\0\0\0`)).toEqual({ kind: "header", lengthBytes: 16, client: null });
    expect(read(`${SIGNATURE}\x21\x31\0\x02ab`)).toEqual({ kind: "header", lengthBytes: 18, client: null });
  });

  test("what one end writes the other reads, however it is cut", () => {
    const address = oneof(
      ipV4(),
      ipV6().map((text) => new URL(`http://[${text}]`).hostname.slice(1, -1)),
    );
    const endpoint = record({ address, port: integer({ min: 0, max: 65_535 }) });
    assert(
      property(constantFrom(1 as const, 2 as const), endpoint, endpoint, (version, client, local) => {
        const bytes = writeProxyHeader(version, client, local);
        for (let length = 0; length < bytes.length; length++) {
          expect(readProxyHeader(bytes.subarray(0, length)).kind).toBe("more");
        }
        const plain = [client, local].map((one) => plainAddress(one.address).includes(":"));
        const known = plain[0] === plain[1];
        const expected = { address: plainAddress(textOf(client.address)), port: client.port };
        expect(readProxyHeader(Buffer.concat([bytes, Buffer.from("PING\r\n")]))).toEqual({
          kind: "header",
          lengthBytes: bytes.length,
          client: known ? expected : null,
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

/** Mapped IPv4 in dots. */
function textOf(address: string): string {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/u.exec(address);
  if (match === null) return address;
  const number = Number.parseInt(match[1]!, 16) * 65_536 + Number.parseInt(match[2]!, 16);
  return `::ffff:${[24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".")}`;
}

describe("address ranges", () => {
  test("hold what is in them, in either family's writing", () => {
    const ranges = new AddressRanges(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);
    for (const address of ["10.255.0.1", "::ffff:10.1.2.3", "192.0.2.7", "fd12::1"]) {
      expect(ranges.contains(address), address).toBe(true);
    }
    for (const address of ["11.0.0.1", "192.0.2.8", "fe80::1", "::ffff:11.0.0.1", "nonsense", undefined]) {
      expect(ranges.contains(address), address).toBe(false);
    }
    expect(new AddressRanges([]).contains("127.0.0.1")).toBe(false);
  });

  test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "example.net", "10.0.0.1/8/8", ""])(
    "refuse %j",
    (range) => expect(() => new AddressRanges([range])).toThrow(`"${range}" is neither`),
  );
});
