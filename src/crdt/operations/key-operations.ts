import { MalformedBytesError, type ByteReader } from "../../base/bytes.ts";
import { DEADLINE_MODES, type DeadlineMode, type DeadlineMs } from "../deadline.ts";
import { KEY_TYPE_CODES, keyTypeOfCode, OP, type KeyOperation, type KeyType } from "./operation-kind.ts";
import type { OperationSpec } from "./operation-spec.ts";
import { UnknownOperationError } from "./unknown-operation.ts";

/** Removes everything observed of the key, of every type, with its deadlines. */
export interface KeyDelete extends KeyOperation {
  readonly op: typeof OP.keyDelete;
}

/** Removes what was observed of every type but `type`: the end of a conflict between types. */
export interface KeyKeep extends KeyOperation {
  readonly op: typeof OP.keyKeep;
  readonly type: KeyType;
}

/** The deadline of the key's value of this type, for all it has observed. */
export interface DeadlinePut extends KeyOperation {
  readonly op: typeof OP.deadline;
  readonly type: KeyType;
  readonly mode: DeadlineMode;
  readonly atMs: DeadlineMs;
}

/** KeyDelete on every key of a database, or of all. */
export interface Flush {
  readonly op: typeof OP.flush;
  readonly db: number;
}

export const KEY_DELETE: OperationSpec<KeyDelete> = {
  type: null,
  creates: false,
  encode() {},
  decode: (_reader, db, key) => ({ op: OP.keyDelete, db, key }),
  bytes: () => 0,
};

export const KEY_KEEP: OperationSpec<KeyKeep> = {
  type: null,
  creates: false,
  encode: (writer, { type }) => writer.u8(KEY_TYPE_CODES[type]),
  decode: (reader, db, key) => ({ op: OP.keyKeep, db, key, type: decodeType(reader) }),
  bytes: () => 1,
};

export const DEADLINE: OperationSpec<DeadlinePut> = {
  type: null,
  creates: false,
  encode(writer, { type, mode, atMs }) {
    writer.u8(KEY_TYPE_CODES[type]);
    writer.u8(DEADLINE_MODES.indexOf(mode));
    writer.varint(atMs);
  },
  decode(reader, db, key) {
    const type = decodeType(reader);
    const mode = DEADLINE_MODES[reader.u8()];
    if (mode === undefined) throw new MalformedBytesError("a deadline of an unknown mode");
    return { op: OP.deadline, db, key, type, mode, atMs: reader.varint() };
  },
  bytes: () => 10,
};

function decodeType(reader: ByteReader): KeyType {
  const code = reader.u8();
  const type = keyTypeOfCode(code);
  if (type === undefined) throw new UnknownOperationError(`key type ${code} is not known to this version`);
  return type;
}
