import type { BinaryString } from "../../base/bytes.ts";
import { crc64 } from "./crc64.ts";

/** What DUMP and FUNCTION DUMP answer: a body, the version of its format in two bytes, and a checksum of both in eight. */

const READ_VERSION_MAX = 12;
const FOOTER_BYTES = 10;

/** The version is the lowest whose Redis reads the body. */
export function sealPayload(body: Buffer, version: number): BinaryString {
  const sealed = Buffer.concat([body, Buffer.from([version & 0xff, version >> 8])]);
  return sealed.latin1Slice() + crc64(sealed).latin1Slice();
}

/** The body; null when the version is newer than any known here or the checksum is another's. */
export function openPayload(payload: BinaryString): Buffer | null {
  const bytes = Buffer.from(payload, "latin1");
  const end = bytes.length - FOOTER_BYTES;
  if (end < 0 || bytes.readUInt16LE(end) > READ_VERSION_MAX) return null;
  if (!crc64(bytes.subarray(0, end + 2)).equals(bytes.subarray(end + 2))) return null;
  return bytes.subarray(0, end);
}
