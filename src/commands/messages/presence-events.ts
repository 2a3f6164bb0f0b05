import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandCall } from "../command-call.ts";
import { findKeys } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";

/** Commands that look at a key's making and not for the key: no miss of theirs is told. */
const LOOKS_ASIDE = /^(?:object|debug|memory)\|/u;

/**
 * The two classes of events that say nothing of the command: `keymiss` when a key that is to be read does not exist, `new` when
 * one has come into being, told before what was done to it. By the declared keys of the call alone.
 */
export function withPresence<Answer>(
  tx: Transaction,
  command: CommandInfo,
  argv: readonly BinaryString[],
  { session, server }: CommandCall,
  run: () => Answer,
): Answer {
  const { events, announcements } = server;
  const keys = (findKeys(command, argv) ?? []).map(({ index }) => argv[index]!);
  const { db } = session;
  const absent = keys.filter((key) => tx.typeOf(key) === null);
  if (command.isReadOnly && !LOOKS_ASIDE.test(command.fullName)) {
    for (const key of absent) events.tell("miss", "keymiss", key, db);
  }
  const before = announcements.mark;
  const answer = run();
  if (command.isWrite && events.wants("new")) {
    tx.use(db);
    const made = [...new Set(absent)].filter((key) => tx.typeOf(key) !== null);
    // Each goes before those that went in there already.
    for (const key of made.toReversed()) events.tell("new", "new", key, db, before);
  }
  return answer;
}
