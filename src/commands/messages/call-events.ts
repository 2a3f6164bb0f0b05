import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandCall } from "../command-call.ts";
import { findKeys } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";
import { defaultEvent } from "./default-events.ts";

/** Commands that look at a key's making and not for the key: no miss of theirs is told. */
const LOOKS_ASIDE = /^(?:object|debug|memory)\|/u;

/**
 * Runs one command where somebody hears of keyspace events, and tells what the command does not tell itself:
 *
 * - `keymiss` when a key that is to be read does not exist, and `new` when one has come into being, before what was done to it; both by
 *   the declared keys of the call;
 * - of a command that has changed keys and told nothing, its default event for each, and `del` for those that are gone.
 */
export function withEvents<Answer>(
  tx: Transaction,
  command: CommandInfo,
  argv: readonly BinaryString[],
  call: CommandCall,
  run: () => Answer,
): Answer {
  // A script tells by what it calls.
  if (command.acl.includes("scripting")) return run();
  const { session, server } = call;
  const { events, announcements } = server;
  const { db } = session;
  const absent = events.asksForPresence ? absentOf(tx, command, argv) : [];
  if (command.isReadOnly && !LOOKS_ASIDE.test(command.fullName)) {
    for (const key of absent) events.tell("miss", "keymiss", key, db);
  }
  if (!command.isWrite) return run();
  const before = announcements.mark;
  const changed = events.collect();
  let answer: Answer;
  try {
    answer = run();
  } finally {
    changed.stop();
  }
  tx.use(db);
  if (announcements.mark === before) tellDefaults(tx, command, argv, call, changed.keys);
  const made = [...new Set(absent)].filter((key) => tx.typeOf(key) !== null);
  // Each goes before those that went in there already.
  for (const key of made.toReversed()) events.tell("new", "new", key, db, before);
  return answer;
}

function absentOf(tx: Transaction, command: CommandInfo, argv: readonly BinaryString[]): readonly BinaryString[] {
  const keys = (findKeys(command, argv) ?? []).map(({ index }) => argv[index]!);
  return keys.filter((key) => tx.typeOf(key) === null);
}

function tellDefaults(
  tx: Transaction,
  command: CommandInfo,
  argv: readonly BinaryString[],
  { session, server }: CommandCall,
  keys: ReadonlySet<BinaryString>,
): void {
  const { events } = server;
  for (const key of keys) {
    const told = defaultEvent(command, argv, key);
    if (told === null) continue;
    const isGone = tx.typeOf(key) === null;
    // A result that is empty is not stored: what was there is gone, and that is all.
    if (!(isGone && told.event.endsWith("store"))) events.tell(told.kind, told.event, key, session.db);
    if (isGone) events.tell("generic", "del", key, session.db);
  }
}
