import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";
import { openPayload, sealPayload } from "../rdb/payload.ts";
import { RdbReader } from "../rdb/rdb-reader.ts";
import { RdbWriter } from "../rdb/rdb-writer.ts";

/** FUNCTION DUMP's payload, as Redis writes it: for each library an opcode and its code as an RDB string. */

const FUNCTION_OPCODE = 245;
const WRITTEN_VERSION = 11;

export function encodeLibraries(codes: readonly BinaryString[]): BinaryString {
  const writer = new RdbWriter();
  for (const code of codes) {
    writer.byte(FUNCTION_OPCODE);
    writer.string(code);
  }
  return sealPayload(writer.finish(), WRITTEN_VERSION);
}

/** The libraries' code; null when the payload is none. */
export function decodeLibraries(payload: BinaryString): BinaryString[] | null {
  const body = openPayload(payload);
  if (body === null) return null;
  const reader = new RdbReader(body);
  const codes: BinaryString[] = [];
  try {
    while (!reader.atEnd) {
      if (reader.byte() !== FUNCTION_OPCODE) return null;
      codes.push(reader.string());
    }
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
  return codes;
}
