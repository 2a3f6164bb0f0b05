import type { BinaryString } from "../../base/bytes.ts";
import type { EntryCount } from "../../crdt/operations/stream-bytes.ts";
import { STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { GroupView, StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineCommand, defineContainer, type Command } from "../define-command.ts";
import type { KeyFlag } from "../key-specs.ts";
import { tooManyWords } from "../refusals.ts";
import { BAD_ENTRIES_READ, GROUP_EXISTS, GROUP_NEEDS_KEY, noSuchGroupOfKey } from "../stream-refusals.ts";
import { integerWord, isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";
import { boundWord, streamIdWord } from "./stream-words.ts";

/** XGROUP: consumer groups and their consumers, made and removed. */

interface GroupShape<Request> {
  readonly word: string;
  readonly since: string;
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keyFlags: readonly KeyFlag[];
  readonly syntax: string;
  readonly summary: string;
  readonly convergence: string;
  readonly parse: (args: readonly BinaryString[]) => Request;
  readonly run: (tx: Transaction, key: BinaryString, group: BinaryString, request: Request) => Reply;
}

function defineGroupCommand<Request>(shape: GroupShape<Request>): Command {
  const { word, keyFlags, parse, run, ...meta } = shape;
  return defineCommand({
    ...meta,
    name: `XGROUP ${word}`,
    group: "stream",
    keys: { first: 2, last: 2, step: 1, flags: keyFlags },
    complexity: "O(1)",
    parse: (args) => ({ key: args[0]!, group: args[1]!, request: parse(args.slice(2)) }),
    run: (tx, { key, group, request }) => run(tx, key, group, request),
  });
}

function streamOf(tx: Transaction, key: BinaryString): StreamView {
  const stream = tx.streams.get(key);
  if (stream === null) throw GROUP_NEEDS_KEY;
  return stream;
}

function groupOf(tx: Transaction, key: BinaryString, name: BinaryString): GroupView {
  const group = streamOf(tx, key).group(name);
  if (group === null) throw noSuchGroupOfKey(name, key);
  return group;
}

interface PlaceRequest {
  readonly idWord: BinaryString;
  readonly mkStream: boolean;
  /** Null: unknown. */
  readonly entriesRead: EntryCount | null;
}

/** An id, then options. */
function placeRequest([idWord, ...words]: readonly BinaryString[], subcommand: "create" | "setid"): PlaceRequest {
  let mkStream = false;
  let entriesRead: EntryCount | null = null;
  for (let at = 0; at < words.length; at++) {
    if (subcommand === "create" && isWord(words[at], "MKSTREAM")) mkStream = true;
    else if (isWord(words[at], "ENTRIESREAD") && at + 1 < words.length) {
      const given = integerWord(words[++at]!);
      if (given < 0 && given !== -1) throw BAD_ENTRIES_READ;
      entriesRead = given === -1 ? null : given;
    } else throw tooManyWords(subcommand, "XGROUP");
  }
  return { idWord: idWord!, mkStream, entriesRead };
}

function placeOf(stream: StreamView | null, word: BinaryString, read: (word: BinaryString) => StreamId): StreamId {
  return word === "$" ? (stream?.lastId ?? STREAM_ID_MIN) : read(word);
}

const SUBCOMMANDS = [
  defineGroupCommand({
    word: "CREATE",
    since: "5.0.0",
    arity: -5,
    flags: ["write", "denyoom"],
    keyFlags: ["RW", "insert"],
    syntax: "key group id | $ [MKSTREAM] [ENTRIESREAD entries-read]",
    summary: "Makes a consumer group that begins behind an id.",
    convergence:
      "T3: survives a concurrent DEL. Made in two regions at once, it is one group, and in each the entries are delivered that its own beginning asks for.",
    parse: (args) => placeRequest(args, "create"),
    run(tx, key, name, { idWord, mkStream, entriesRead }) {
      const stream = tx.streams.get(key);
      if (stream === null && !mkStream) throw GROUP_NEEDS_KEY;
      const start = placeOf(stream, idWord, (word) => streamIdWord(word));
      if (stream?.group(name) != null) throw GROUP_EXISTS;
      tx.streams.createGroup(key, name, start, entriesRead);
      return OK;
    },
  }),
  defineGroupCommand({
    word: "SETID",
    since: "5.0.0",
    arity: -5,
    flags: ["write"],
    keyFlags: ["RW", "update"],
    syntax: "key group id | $ [ENTRIESREAD entries-read]",
    summary: "Sets the last id that a group has delivered.",
    convergence: "T5: replaces what this region sees; of what is set or read at the same time the highest id holds.",
    parse: (args) => placeRequest(args, "setid"),
    run(tx, key, name, { idWord, entriesRead }) {
      const stream = streamOf(tx, key);
      groupOf(tx, key, name);
      const last = placeOf(stream, idWord, (word) => boundWord(word, 0));
      tx.streams.setGroup(key, name, last, entriesRead);
      return OK;
    },
  }),
  defineGroupCommand({
    word: "DESTROY",
    since: "5.0.0",
    arity: 4,
    flags: ["write"],
    keyFlags: ["RW", "delete"],
    syntax: "key group",
    summary: "Removes a consumer group with what is pending in it.",
    convergence: "T3: removes the group this region sees; one that is made at the same time survives.",
    parse: () => null,
    run(tx, key, name) {
      if (streamOf(tx, key).group(name) === null) return 0;
      tx.streams.destroyGroup(key, name);
      return 1;
    },
  }),
  defineGroupCommand({
    word: "CREATECONSUMER",
    since: "6.2.0",
    arity: 5,
    flags: ["write", "denyoom"],
    keyFlags: ["RW", "insert"],
    syntax: "key group consumer",
    summary: "Makes a consumer in a group; answers 1 when there was none.",
    convergence: "T4: consumers of all regions are kept; a concurrent DELCONSUMER removes only the one it saw.",
    parse: (args) => args[0]!,
    run(tx, key, name, consumer) {
      if (groupOf(tx, key, name).consumer(consumer) !== null) return 0;
      tx.streams.createConsumer(key, name, consumer);
      return 1;
    },
  }),
  defineGroupCommand({
    word: "DELCONSUMER",
    since: "5.0.0",
    arity: 5,
    flags: ["write"],
    keyFlags: ["RW", "delete"],
    syntax: "key group consumer",
    summary: "Removes a consumer; answers how many entries were pending for it.",
    convergence:
      "T4: removes what this region sees pending; what it is given elsewhere at the same time stays, and so does it.",
    parse: (args) => args[0]!,
    run(tx, key, name, consumer) {
      const known = groupOf(tx, key, name).consumer(consumer);
      if (known === null) return 0;
      const { pendingCount } = known;
      tx.streams.removeConsumer(key, name, consumer);
      return pendingCount;
    },
  }),
];

export const xgroup = defineContainer({
  name: "XGROUP",
  group: "stream",
  since: "5.0.0",
  summary: "Makes and removes consumer groups",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("XGROUP", "stream", "5.0.0", SUBCOMMANDS)],
});
