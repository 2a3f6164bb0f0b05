import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { KEY_CLASSES, type KeyClass } from "../key-class.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeCount, type OperationSpec } from "./operation-spec.ts";

/**
 * A delete that wins (rows R1–R4): everything of the key goes, what is concurrent to it too, and a marker refuses whatever
 * arrives later without having observed it.
 */
export interface KeyEnd extends KeyOperation {
  readonly op: typeof OP.keyEnd;
  /** Later writes are refused until `lapseAtMs`; else the marker goes once stable. */
  readonly final: boolean;
  readonly lapseAtMs: number;
}

/** Row R6: the session `key` of database `sessionDb` belongs to the user whose list of sessions this operation's key is. */
export interface KeyOwn extends KeyOperation {
  readonly op: typeof OP.keyOwn;
  readonly sessionDb: number;
  readonly session: string;
}

/** Row R6: every session of the user whose KeyOwn has not observed this is dead, and its key final. */
export interface UserRevoke extends KeyOperation {
  readonly op: typeof OP.userRevoke;
  readonly lapseAtMs: number;
}

/** A flush that wins for the keys whose class says so. `rules` are the origin's, so that every region decides alike. */
export interface FlushEnd {
  readonly op: typeof OP.flushEnd;
  readonly db: number;
  readonly rules: readonly FlushRule[];
}

export interface FlushRule {
  readonly prefix: string;
  readonly keyClass: KeyClass;
  readonly lapseAtMs: number;
}

export const KEY_END: OperationSpec<KeyEnd> = {
  type: null,
  creates: true,
  encode(writer, { final, lapseAtMs }) {
    writer.u8(final ? 1 : 0);
    writer.varint(lapseAtMs);
  },
  decode(reader, db, key) {
    const final = reader.u8() === 1;
    return { op: OP.keyEnd, db, key, final, lapseAtMs: reader.varint() };
  },
  bytes: () => 9,
};

export const KEY_OWN: OperationSpec<KeyOwn> = {
  type: "hash",
  creates: true,
  encode(writer, { sessionDb, session }) {
    writer.u8(sessionDb);
    writer.binary(session);
  },
  decode(reader, db, key) {
    const sessionDb = reader.u8();
    return { op: OP.keyOwn, db, key, sessionDb, session: reader.binary() };
  },
  bytes: ({ session }) => session.length + 3,
};

export const USER_REVOKE: OperationSpec<UserRevoke> = {
  type: null,
  creates: true,
  encode: (writer, { lapseAtMs }) => writer.varint(lapseAtMs),
  decode: (reader, db, key) => ({ op: OP.userRevoke, db, key, lapseAtMs: reader.varint() }),
  bytes: () => 8,
};

export function encodeFlushRules(writer: ByteWriter, rules: readonly FlushRule[]): void {
  writer.varint(rules.length);
  for (const rule of rules) {
    writer.binary(rule.prefix);
    writer.u8(KEY_CLASSES.indexOf(rule.keyClass));
    writer.varint(rule.lapseAtMs);
  }
}

/** Throws MalformedBytesError. */
export function decodeFlushRules(reader: ByteReader): FlushRule[] {
  const rules: FlushRule[] = [];
  for (let left = decodeCount(reader); left > 0; left--) {
    const prefix = reader.binary();
    const keyClass = KEY_CLASSES[reader.u8()];
    if (keyClass === undefined) throw new MalformedBytesError("a class of keys that is unknown");
    rules.push({ prefix, keyClass, lapseAtMs: reader.varint() });
  }
  return rules;
}
