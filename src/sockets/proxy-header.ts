import { isIPv4, isIPv6 } from "node:net";
import { plainAddress } from "./address-ranges.ts";

/**
 * The PROXY protocol, versions 1 and 2: what a proxy says before a client's first byte, so that the next one knows who the client
 * is. Pure. Source: haproxy.org, "The PROXY protocol".
 */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  /** Not whole yet. */
  | { readonly kind: "more" }
  /** `lengthBytes` of it. `client`: null where the proxy speaks for itself (a health check), or knows no address. */
  | { readonly kind: "header"; readonly lengthBytes: number; readonly client: Endpoint | null }
  | { readonly kind: "malformed"; readonly reason: string };

export type ProxyVersion = 1 | 2;

const SIGNATURE_1 = Buffer.from("PROXY ", "latin1");
const SIGNATURE_2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const LINE_BYTES_MAX = 107;
const FIXED_BYTES = 16;
/** Addresses and extensions of version 2. */
const REST_BYTES_MAX = 4096;
const INET = 0x11;
const INET6 = 0x21;

const malformed = (reason: string): ProxyHeader => ({ kind: "malformed", reason });

/** Reads the header that stands at the beginning of what a connection has sent. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (agrees(bytes, SIGNATURE_2)) return bytes.length < FIXED_BYTES ? { kind: "more" } : readSecond(bytes);
  if (agrees(bytes, SIGNATURE_1)) return readFirst(bytes);
  return malformed("the connection does not begin with a PROXY header");
}

/** As far as there are bytes, they are those of the signature. */
function agrees(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.subarray(0, length).equals(signature.subarray(0, length));
}

function readFirst(bytes: Buffer): ProxyHeader {
  const end = bytes.indexOf("\r\n", 0, "latin1");
  if (end < 0 || end > LINE_BYTES_MAX - 2) {
    return bytes.length < LINE_BYTES_MAX ? { kind: "more" } : malformed("the PROXY line has no end");
  }
  const lengthBytes = end + 2;
  const words = bytes.latin1Slice(0, end).split(" ");
  if (words[1] === "UNKNOWN") return { kind: "header", lengthBytes, client: null };
  const [, family, address = "", destination = "", port = "", destinationPort = ""] = words;
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : () => false;
  if (words.length !== 6 || ![address, destination].every(isAddress) || ![port, destinationPort].every(isPort)) {
    return malformed("the PROXY line names no client");
  }
  return { kind: "header", lengthBytes, client: { address, port: Number(port) } };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/u.test(text) && Number(text) <= 65_535;
}

function readSecond(bytes: Buffer): ProxyHeader {
  const restBytes = bytes.readUInt16BE(14);
  if (restBytes > REST_BYTES_MAX) return malformed(`the PROXY header is longer than ${REST_BYTES_MAX} bytes`);
  const lengthBytes = FIXED_BYTES + restBytes;
  const [command, family] = [bytes[12]!, bytes[13]!];
  if (command !== 0x20 && command !== 0x21) return malformed("the PROXY header is of no known version");
  if (bytes.length < lengthBytes) return { kind: "more" };
  if (command === 0x20) return { kind: "header", lengthBytes, client: null };
  const needs = family === INET ? 12 : family === INET6 ? 36 : 0;
  if (restBytes < needs) return malformed("the PROXY header is too short for its addresses");
  if (needs === 0) return { kind: "header", lengthBytes, client: null };
  const rest = bytes.subarray(FIXED_BYTES);
  const client =
    family === INET
      ? { address: rest.subarray(0, 4).join("."), port: rest.readUInt16BE(8) }
      : { address: plainAddress(text6(rest)), port: rest.readUInt16BE(32) };
  return { kind: "header", lengthBytes, client };
}

function text6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
  // As the system writes it: mapped IPv4 in dots, the longest run of zeros left out.
  if (/^(?:0:){5}ffff:/u.test(groups)) return `::ffff:${bytes.subarray(12, 16).join(".")}`;
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/** What tells the next one that `client` speaks, who connected to `local`. Null: we speak for ourselves. */
export function writeProxyHeader(version: ProxyVersion, client: Endpoint | null, local: Endpoint | null): Buffer {
  const from = client === null ? "" : plainAddress(client.address);
  const to = local === null ? "" : plainAddress(local.address);
  const bothAre = (isFamily: (text: string) => boolean): boolean => isFamily(from) && isFamily(to);
  const family = bothAre(isIPv4) ? 4 : bothAre(isIPv6) ? 6 : null;
  if (version === 1) {
    if (family === null) return Buffer.from("PROXY UNKNOWN\r\n", "latin1");
    return Buffer.from(`PROXY TCP${family} ${from} ${to} ${client!.port} ${local!.port}\r\n`, "latin1");
  }
  const addresses = family === null ? Buffer.alloc(0) : Buffer.concat([bytesOf(from), bytesOf(to), Buffer.alloc(4)]);
  if (family !== null) {
    addresses.writeUInt16BE(client!.port, addresses.length - 4);
    addresses.writeUInt16BE(local!.port, addresses.length - 2);
  }
  const head = Buffer.alloc(4);
  head[0] = family === null ? 0x20 : 0x21;
  head[1] = family === null ? 0 : family === 4 ? INET : INET6;
  head.writeUInt16BE(addresses.length, 2);
  return Buffer.concat([SIGNATURE_2, head, addresses]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [plain = ""] = address.split("%");
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2));
  return bytes;
}
