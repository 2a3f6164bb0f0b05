import type { BinaryString } from "../base/bytes.ts";
import type { ClassRule } from "../crdt/key-class.ts";

/** Deletes that hold, in a transaction. */
export interface RevocationTransaction {
  /** Classes of keys as this region knows them, the defaults included. */
  rules(): readonly ClassRule[];
  /** ANTIPODE REVOKE (row R5): deletes the key for good, whatever its class: later writes to it are refused until it lapses. */
  end(key: BinaryString): void;
  /** ANTIPODE OWN (row R6): the key is a session of this user. Throws FinalKeyError. */
  own(key: BinaryString, user: BinaryString): void;
  /** ANTIPODE REVOKEUSER (row R6): ends every session of the user whose OWN has not observed this, known here or not. */
  endUser(user: BinaryString): void;
}
