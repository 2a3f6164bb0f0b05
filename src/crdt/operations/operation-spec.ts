import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import type { KeyOperation, KeyType } from "./operation-kind.ts";

/** What the codec and `apply` need to know of one kind of operation on a key. */
export interface OperationSpec<Operation extends KeyOperation> {
  /** The type it acts on; null: whatever the key holds. */
  readonly type: KeyType | null;
  /** A key, or a value of this type, comes into being by it. Others act only on what is there. */
  readonly creates: boolean;
  /** Everything but kind, database and key. */
  encode(writer: ByteWriter, operation: Operation): void;
  /** Trusts nothing: these bytes come from peers and disks. Throws MalformedBytesError. */
  decode(reader: ByteReader, db: number, key: string): Operation;
  /** About how many bytes `encode` writes: for the limit on a batch. */
  bytes(operation: Operation): number;
}

export function encodeList(writer: ByteWriter, items: readonly string[]): void {
  writer.varint(items.length);
  for (const item of items) writer.binary(item);
}

export function decodeList(reader: ByteReader): string[] {
  const count = decodeCount(reader);
  const items: string[] = [];
  for (let index = 0; index < count; index++) items.push(reader.binary());
  return items;
}

/** A number of items of at least one byte each. */
export function decodeCount(reader: ByteReader): number {
  const count = reader.varint();
  if (count > reader.remaining) throw new MalformedBytesError(`a list claims ${count} items`);
  return count;
}

export function listBytes(items: readonly string[]): number {
  let bytes = 4;
  for (const item of items) bytes += item.length + 2;
  return bytes;
}
