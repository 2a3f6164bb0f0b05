import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { isOriginId, type OriginId } from "../origin.ts";
import { OP, SYSTEM_DATABASE } from "./operation-kind.ts";

/**
 * Who has this operation's batch has everything of these origins up to their floors: vectors that follow it do not name them any
 * more (rule V1). The batch depends on all of that.
 */
export interface OriginsRetire {
  readonly op: typeof OP.originsRetire;
  readonly db: typeof SYSTEM_DATABASE;
  readonly origins: readonly RetiredOrigin[];
}

export interface RetiredOrigin {
  readonly id: OriginId;
  readonly floor: number;
}

/** Origins that one operation retires. */
export const RETIRED_AT_ONCE_MAX = 1024;

export function encodeOriginsRetire(writer: ByteWriter, { origins }: OriginsRetire): void {
  writer.varint(origins.length);
  for (const { id, floor } of origins) {
    writer.binary(id);
    writer.varint(floor);
  }
}

/** Throws MalformedBytesError. */
export function decodeOriginsRetire(reader: ByteReader): OriginsRetire {
  const count = reader.varint();
  if (count > RETIRED_AT_ONCE_MAX) throw new MalformedBytesError(`an operation retires ${count} origins`);
  const origins = Array.from({ length: count }, () => {
    const id = reader.binary();
    if (!isOriginId(id)) throw new MalformedBytesError("an origin's name is malformed");
    return { id, floor: reader.varint() };
  });
  return { op: OP.originsRetire, db: SYSTEM_DATABASE, origins };
}
