import { createHash } from "node:crypto";
import { ByteWriter } from "../base/bytes.ts";
import { KEY_TYPE_CODES, STORED_DATABASES } from "../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { Keyspace } from "./keyspace.ts";

/**
 * The canonical form of the state and its digest: equal in two regions exactly when their states are, for equal vectors and
 * the same instant. It covers what is visible at that instant and the concurrent values kept beside it. It leaves out all
 * that regions may forget at different moments: expired keys, how a sum is split into increments, contexts of deadlines.
 *
 * The digest adds up one SHA-256 a key (modulo 2^256), so it does not depend on the order of keys and needs no sorting.
 */
export interface StateDigest {
  readonly vector: NamedVector;
  /** 64 hexadecimal digits. */
  readonly digest: string;
  /** Visible keys. */
  readonly keys: number;
  readonly atMs: number;
}

/** Reads every key, from rows where needed, without stopping in between: a second for a million keys. */
export function digestOf(keyspace: Keyspace, atMs: number): StateDigest {
  const { state } = keyspace;
  let sum = 0n;
  let keys = 0;
  for (let db = 0; db < STORED_DATABASES; db++) {
    state.table.loadCold(db);
    for (const entry of state.table.resident(db)) {
      if (entry.visible(atMs) === null) continue;
      keys++;
      sum += BigInt(
        `0x${createHash("sha256")
          .update(canonicalKey(entry, state.origins, atMs))
          .digest("hex")}`,
      );
    }
  }
  const digest = BigInt.asUintN(256, sum).toString(16).padStart(64, "0");
  return { vector: keyspace.vector(), digest, keys, atMs };
}

/** One key's canonical bytes. */
export function canonicalKey(entry: KeyEntry, origins: OriginTable, atMs: number): Buffer {
  const writer = new ByteWriter(512);
  writer.u8(entry.db);
  writer.binary(entry.key);
  const facets = [entry.facet!, ...(entry.hidden ?? []).toSorted((left, right) => (left.type < right.type ? -1 : 1))];
  writer.varint(facets.length);
  for (const facet of facets) {
    writer.u8(KEY_TYPE_CODES[facet.type]);
    facet.writeCanonical(writer, origins, atMs);
  }
  return writer.take();
}
