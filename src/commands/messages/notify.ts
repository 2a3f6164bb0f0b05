import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandCall } from "../command-call.ts";
import type { EventClass } from "./event-classes.ts";

/** How a command tells what it has done to keys: one line in its `run`, after what it did. See `KeyspaceEvents`. */

/** A command has done `event` to `key`. `db`: where that is not the client's own database. */
export function notify(
  { session, server }: CommandCall,
  kind: EventClass,
  event: string,
  key: BinaryString,
  db = session.db,
): void {
  server.events.tell(kind, event, key, db);
}

/** Something was taken from the value of a key, by which the key may have gone: then Redis tells of that too. */
export function notifyRemoval(
  tx: Transaction,
  call: CommandCall,
  kind: EventClass,
  event: string,
  key: BinaryString,
): void {
  notify(call, kind, event, key);
  if (call.server.events.wants("generic") && tx.typeOf(key) === null) notify(call, "generic", "del", key);
}

/** A result was put in place of what a key held. An empty one leaves no key: told only where there was one. */
export function notifyStored(
  call: CommandCall,
  kind: EventClass,
  event: string,
  key: BinaryString,
  { existed, isEmpty }: { readonly existed: boolean; readonly isEmpty: boolean },
): void {
  if (!isEmpty) notify(call, kind, event, key);
  else if (existed) notify(call, "generic", "del", key);
}
