import { SYSTEM_DATABASE } from "../../crdt/operations/operation-kind.ts";
import type { BinaryString } from "../../base/bytes.ts";
import type { HashView } from "../../keyspace/types/hash/hash-port.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";

/**
 * Users and REST tokens are data: two hashes of the system database, which replicate like any other. A user is a field, its rules
 * the text that ACL LIST shows: of two regions that change one user at once, the later change is what counts, whole. A user
 * that one region deletes while another changes it stays, as changed.
 */
export const USERS_KEY = "acl:users";
export const TOKENS_KEY = "acl:tokens";

/** Runs `body` on the system database and goes back to where the transaction was. */
export function inSystemDatabase<T>(tx: Transaction, body: () => T): T {
  const { db } = tx;
  tx.use(SYSTEM_DATABASE);
  try {
    return body();
  } finally {
    tx.use(db);
  }
}

/** What is stored under one of the two keys, by field. */
export function readStored(tx: Transaction, key: string): ReadonlyMap<BinaryString, BinaryString> {
  return inSystemDatabase(tx, () => {
    const hash: HashView | null = tx.hashes.get(key);
    return new Map(hash?.entries() ?? []);
  });
}

export function putStored(tx: Transaction, key: string, field: BinaryString, value: BinaryString): void {
  inSystemDatabase(tx, () => tx.hashes.put(key, [field, value]));
}

/** Fields that are there. */
export function removeStored(tx: Transaction, key: string, fields: readonly BinaryString[]): void {
  if (fields.length > 0) inSystemDatabase(tx, () => tx.hashes.remove(key, fields));
}
