import type { BinaryString } from "../../base/bytes.ts";
import {
  formatStreamId,
  millisecondsOf,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  streamId,
  type StreamId,
} from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import { SYNTAX_ERROR, wrongNumberOfArguments } from "../refusals.ts";
import { BAD_STREAM_ID, ID_TOO_SMALL, ID_ZERO, IDS_EXHAUSTED, NO_TRIM_STRATEGY } from "../stream-refusals.ts";
import { trim, trimWords, type TrimWords } from "./stream-trimming.ts";
import { streamIdWord, uint64Part } from "./stream-words.ts";

/** Adding to streams, and cutting them off at their beginning. */

const TRIMS = "Trimming removes entries this region sees, and none that another adds at the same time (T2).";

/** The id as it was given: whole, its milliseconds alone (`5-*`), or left to us (`*`). */
type WantedId = { readonly id: StreamId } | { readonly milliseconds: number | bigint } | "automatic";

function wantedId(word: BinaryString): WantedId {
  if (word === "*") return "automatic";
  if (!word.endsWith("-*")) return { id: streamIdWord(word) };
  const milliseconds = uint64Part(word.slice(0, -2));
  if (milliseconds === null) throw BAD_STREAM_ID;
  return { milliseconds };
}

/** The id of a new entry behind `last`. */
function newId(tx: Transaction, last: StreamId, wanted: WantedId): StreamId {
  if (last === STREAM_ID_MAX) throw IDS_EXHAUSTED;
  if (wanted === "automatic") {
    const id = tx.streams.automaticId(last);
    if (id === null) throw IDS_EXHAUSTED;
    return id;
  }
  if ("id" in wanted) {
    if (wanted.id <= last) throw ID_TOO_SMALL;
    return wanted.id;
  }
  if (streamId(wanted.milliseconds, 0) < streamId(millisecondsOf(last), 0)) throw ID_TOO_SMALL;
  const id = tx.streams.automaticId(last, wanted.milliseconds);
  if (id === null) throw ID_TOO_SMALL;
  return id;
}

function nodeEntries(call: CommandCall): number {
  return call.server.config.number("stream-node-max-entries");
}

interface AddRequest extends TrimWords {
  readonly key: BinaryString;
  readonly wanted: WantedId;
  readonly fields: readonly BinaryString[];
}

export const xadd = defineCommand({
  name: "XADD",
  group: "stream",
  since: "5.0.0",
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax:
    "key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] * | id field value [field value ...]",
  summary: "Appends an entry to a stream; answers its id.",
  complexity: "O(1) when adding, O(N) in the number of entries that are trimmed",
  convergence: `T1, T2, T6: entries of all regions are kept; automatic ids rise in each region and never meet; of two entries with one explicit id the later is shown. ${TRIMS}`,
  parse(args): AddRequest {
    const words = trimWords(args, 1, true);
    const idWord = args[words.next];
    if (idWord === undefined) throw wrongNumberOfArguments("xadd");
    const wanted = wantedId(idWord);
    const fields = args.slice(words.next + 1);
    if (fields.length < 2 || fields.length % 2 === 1) throw wrongNumberOfArguments("xadd");
    if (typeof wanted === "object" && "id" in wanted && wanted.id === STREAM_ID_MIN) throw ID_ZERO;
    return { ...words, key: args[0]!, wanted, fields };
  },
  run(tx, { key, wanted, fields, noMkStream, trimming, policy }, call) {
    const stream = tx.streams.get(key);
    if (stream === null && noMkStream) return null;
    const id = newId(tx, stream?.lastId ?? STREAM_ID_MIN, wanted);
    tx.streams.add(key, id, fields);
    if (trimming !== null) trim(tx, key, trimming, policy, nodeEntries(call));
    return formatStreamId(id);
  },
});

export const xtrim = defineCommand({
  name: "XTRIM",
  group: "stream",
  since: "5.0.0",
  arity: -4,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key MAXLEN | MINID [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
  summary: "Removes the first entries of a stream; answers how many went.",
  complexity: "O(N) in the number of entries that go",
  convergence: `T2: ${TRIMS}`,
  parse(args) {
    const words = trimWords(args, 1, false);
    if (words.next < args.length) throw SYNTAX_ERROR;
    if (words.trimming === null) throw NO_TRIM_STRATEGY;
    return { key: args[0]!, trimming: words.trimming, policy: words.policy };
  },
  run: (tx, { key, trimming, policy }, call) => trim(tx, key, trimming, policy, nodeEntries(call)),
});
