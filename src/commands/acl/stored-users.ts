import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { SystemHash } from "../system-hash.ts";

/**
 * Users and REST tokens are data: two hashes of the system database, which replicate like any other. A user is a field, its rules
 * the text that ACL LIST shows: of two regions that change one user at once, the later change is what counts, whole. A user
 * that one region deletes while another changes it stays, as changed.
 */
export const USERS = new SystemHash("acl:users");
export const TOKENS = new SystemHash("acl:tokens");

/** What is stored, by field. */
export function readStored(tx: Transaction, hash: SystemHash): ReadonlyMap<BinaryString, BinaryString> {
  return hash.read(tx, (view) => new Map(view?.entries() ?? []));
}
