import type { BinaryString } from "../../base/bytes.ts";
import { addIntegers } from "../../crdt/delta.ts";
import { STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { NO_SUCH_KEY, SYNTAX_ERROR } from "../refusals.ts";
import {
  ENTRIES_ADDED_NEGATIVE,
  IDS_MISCOUNTED,
  IDS_NOT_POSITIVE,
  SETID_BELOW_DELETED,
  SETID_BELOW_GIVEN_DELETED,
  SETID_BELOW_LENGTH,
  SETID_BELOW_TOP,
} from "../stream-refusals.ts";
import { clampedIntegerWord, integerWord, isWord } from "../words.ts";
import { dropReferences, isPolicy, isReferenced, type ReferencePolicy } from "./stream-trimming.ts";
import { streamIdWord } from "./stream-words.ts";

/** Deleting entries by id, and setting what a stream says of itself. */

const DELETES = "T2: removes the entries this region sees, and none that another adds at the same time.";

export const xdel = defineCommand({
  name: "XDEL",
  group: "stream",
  since: "5.0.0",
  arity: -3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key id [id ...]",
  summary: "Deletes entries of a stream; answers how many were there.",
  complexity: "O(log N) for each id",
  convergence: DELETES,
  parse: (args) => args,
  run(tx, [key, ...words]) {
    const stream = tx.streams.get(key!);
    if (stream === null) return 0;
    const ids = [...new Set(words.map((word) => streamIdWord(word)))].filter((id) => stream.has(id));
    if (ids.length > 0) tx.streams.remove(key!, ids, true);
    return ids.length;
  },
});

interface DeleteWords {
  readonly policy: ReferencePolicy;
  readonly ids: readonly StreamId[];
}

/** `[KEEPREF | DELREF | ACKED] IDS numids id [id ...]`. */
function deleteWords(words: readonly BinaryString[]): DeleteWords {
  let policy: ReferencePolicy | null = null;
  let ids: StreamId[] | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!.toUpperCase();
    if (isPolicy(word)) {
      if (policy !== null) throw SYNTAX_ERROR;
      policy = word;
    } else if (word === "IDS" && at + 1 < words.length) {
      if (ids !== null) throw SYNTAX_ERROR;
      const count = clampedIntegerWord(words[++at]!, IDS_NOT_POSITIVE);
      if (count < 1) throw IDS_NOT_POSITIVE;
      if (count > words.length - at - 1) throw IDS_MISCOUNTED;
      ids = words.slice(at + 1, at + 1 + count).map((id) => streamIdWord(id));
      at += count;
    } else throw SYNTAX_ERROR;
  }
  if (ids === null) throw SYNTAX_ERROR;
  return { policy: policy ?? "KEEPREF", ids };
}

const STATUS = { absent: -1, deleted: 1, referenced: 2 } as const;

/** What becomes of an entry that is to be deleted. */
function deleteUnder(
  tx: Transaction,
  key: BinaryString,
  stream: StreamView,
  id: StreamId,
  policy: ReferencePolicy,
): number {
  const groups = policy === "KEEPREF" ? [] : stream.groups();
  if (policy === "ACKED" && isReferenced(groups, id)) return STATUS.referenced;
  if (policy === "DELREF") dropReferences(tx, key, groups, id);
  if (stream.has(id)) tx.streams.remove(key, [id], true);
  return STATUS.deleted;
}

export const xdelex = defineCommand({
  name: "XDELEX",
  group: "stream",
  since: "8.2.0",
  arity: -5,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
  summary: "Deletes entries of a stream, with what is pending under their ids or unless something is.",
  complexity: "O(log N) for each id and group",
  convergence: `${DELETES} Whether an entry is still referenced is decided by what this region sees.`,
  parse: (args) => ({ key: args[0]!, ...deleteWords(args.slice(1)) }),
  run(tx, { key, policy, ids }): Reply {
    return ids.map((id) => {
      const stream = tx.streams.get(key);
      return stream?.has(id) === true ? deleteUnder(tx, key, stream, id, policy) : STATUS.absent;
    });
  },
});

export const xackdel = defineCommand({
  name: "XACKDEL",
  group: "stream",
  since: "8.2.0",
  arity: -6,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update", "delete"] },
  syntax: "key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
  summary: "Acknowledges pending entries of a group and deletes them.",
  complexity: "O(log N) for each id and group",
  convergence: `T4: acknowledges what this region sees pending. ${DELETES}`,
  parse: (args) => ({ key: args[0]!, group: args[1]!, ...deleteWords(args.slice(2)) }),
  run(tx, { key, group, policy, ids }): Reply {
    return ids.map((id) => {
      if (tx.streams.get(key)?.group(group)?.delivery(id) == null) return STATUS.absent;
      tx.streams.acknowledge(key, group, [id]);
      return deleteUnder(tx, key, tx.streams.get(key)!, id, policy);
    });
  },
});

export const xsetid = defineCommand({
  name: "XSETID",
  group: "stream",
  since: "5.0.0",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
  summary: "Sets the last id of a stream, and what it says of its past.",
  complexity: "O(1)",
  convergence: "T1: replaces what this region sees; ids added elsewhere at the same time keep the last id above them.",
  parse(args) {
    const lastId = streamIdWord(args[1]!);
    let added: number | bigint | null = null;
    let maxDeleted: StreamId | null = null;
    for (let at = 2; at < args.length; at += 2) {
      const value = args[at + 1];
      if (value !== undefined && isWord(args[at], "ENTRIESADDED")) {
        added = integerWord(value);
        if (added < 0) throw ENTRIES_ADDED_NEGATIVE;
      } else if (value !== undefined && isWord(args[at], "MAXDELETEDID")) {
        maxDeleted = streamIdWord(value);
        if (lastId < maxDeleted) throw SETID_BELOW_GIVEN_DELETED;
      } else throw SYNTAX_ERROR;
    }
    return { key: args[0]!, lastId, added, maxDeleted };
  },
  run(tx, { key, lastId, added, maxDeleted }) {
    const stream = tx.streams.get(key);
    if (stream === null) throw NO_SUCH_KEY;
    if (lastId < stream.maxDeletedId) throw SETID_BELOW_DELETED;
    if (stream.topId !== undefined && lastId < stream.topId) throw SETID_BELOW_TOP;
    if (added !== null && stream.size > added) throw SETID_BELOW_LENGTH;
    const deleted = maxDeleted === null || maxDeleted === STREAM_ID_MIN ? stream.maxDeletedId : maxDeleted;
    tx.streams.setId(key, lastId, addIntegers(added ?? stream.entriesAdded, 0), deleted);
    return OK;
  },
});
