import type { BinaryString } from "../../base/bytes.ts";
import { nextStreamId, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { GroupView, StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import {
  LIMIT_WITHOUT_APPROXIMATION,
  LIMIT_WITHOUT_STRATEGY,
  NEGATIVE_LIMIT,
  NEGATIVE_MAXLEN,
  TWO_TRIM_STRATEGIES,
} from "../stream-refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import { streamIdWord } from "./stream-words.ts";

/** Trimming, by XADD and XTRIM: what goes is decided here and shipped as an effect on what was seen. */

/** What becomes of pending entries that name what goes: Redis 8.2. */
export type ReferencePolicy = "KEEPREF" | "DELREF" | "ACKED";

export interface Trimming {
  readonly by: { readonly maxLength: number } | { readonly minId: StreamId };
  /** `~`: whole nodes only, as Redis keeps them. */
  readonly isApproximate: boolean;
  /** Entries that one call removes at most; null where nothing was said. */
  readonly limit: number | null;
}

export interface TrimWords {
  readonly trimming: Trimming | null;
  readonly policy: ReferencePolicy;
  readonly noMkStream: boolean;
  /** Where the words end that are options. */
  readonly next: number;
}

/** Reads options from `start` on, up to the first word that is none: an id, or the end. */
export function trimWords(args: readonly BinaryString[], start: number, isAdd: boolean): TrimWords {
  let by: Trimming["by"] | null = null;
  let isApproximate = false;
  let limit: number | null = null;
  let policy: ReferencePolicy | null = null;
  let noMkStream = false;
  let at = start;
  for (; at < args.length; at++) {
    const word = args[at]!.toUpperCase();
    const more = args.length - 1 - at;
    if ((word === "MAXLEN" || word === "MINID") && more > 0) {
      if (by !== null) throw TWO_TRIM_STRATEGIES;
      const sign = args[at + 1]!;
      const isSign = more >= 2 && (sign === "~" || sign === "=");
      isApproximate = isSign && sign === "~";
      at += isSign ? 2 : 1;
      by = word === "MAXLEN" ? { maxLength: maxLengthWord(args[at]!) } : { minId: streamIdWord(args[at]!) };
    } else if (word === "LIMIT" && more > 0) {
      limit = clampedIntegerWord(args[++at]!);
      if (limit < 0) throw NEGATIVE_LIMIT;
    } else if (isPolicy(word)) {
      if (policy !== null) throw SYNTAX_ERROR;
      policy = word;
    } else if (isAdd && word === "NOMKSTREAM") noMkStream = true;
    else break;
  }
  if (limit !== null && limit > 0 && by === null) throw LIMIT_WITHOUT_STRATEGY;
  if (limit !== null && !isApproximate) throw LIMIT_WITHOUT_APPROXIMATION;
  const trimming = by === null ? null : { by, isApproximate, limit };
  return { trimming, policy: policy ?? "KEEPREF", noMkStream, next: at };
}

export function isPolicy(word: string): word is ReferencePolicy {
  return word === "KEEPREF" || word === "DELREF" || word === "ACKED";
}

function maxLengthWord(word: BinaryString): number {
  const length = clampedIntegerWord(word);
  if (length < 0) throw NEGATIVE_MAXLEN;
  return length;
}

/** Trims; answers how many entries went. `nodeEntries`: how many entries Redis keeps in a node. */
export function trim(
  tx: Transaction,
  key: BinaryString,
  trimming: Trimming,
  policy: ReferencePolicy,
  nodeEntries: number,
): number {
  const stream = tx.streams.get(key);
  if (stream === null) return 0;
  const count = trimmedCount(stream, trimming, nodeEntries);
  if (count === 0) return 0;
  if (policy === "ACKED") {
    const groups = stream.groups();
    const last = "minId" in trimming.by || trimming.isApproximate ? stream.idAt(count - 1)! : STREAM_ID_MAX;
    const ids: StreamId[] = [];
    for (const id of stream.ids(STREAM_ID_MIN, last)) {
      if (ids.length === count) break;
      if (!isReferenced(groups, id)) ids.push(id);
    }
    if (ids.length > 0) tx.streams.remove(key, ids, false);
    return ids.length;
  }
  const last = stream.idAt(count - 1)!;
  if (policy === "DELREF") dropReferencesUpTo(tx, key, stream, last);
  const below = nextStreamId(last);
  if (below === null) tx.streams.remove(key, [...stream.ids(STREAM_ID_MIN, last)], false);
  else tx.streams.trim(key, below);
  return count;
}

/** Some group has still to deliver it, or to see it acknowledged. */
export function isReferenced(groups: readonly GroupView[], id: StreamId): boolean {
  return groups.some((group) => id > group.lastDelivered || group.isLate(id) || group.delivery(id) !== null);
}

/** What is pending under this id is pending no more, in any group. */
export function dropReferences(tx: Transaction, key: BinaryString, groups: readonly GroupView[], id: StreamId): void {
  for (const group of groups) if (group.delivery(id) !== null) tx.streams.acknowledge(key, group.name, [id]);
}

function dropReferencesUpTo(tx: Transaction, key: BinaryString, stream: StreamView, last: StreamId): void {
  for (const group of stream.groups()) {
    const ids = [...group.pendingIds(STREAM_ID_MIN, last)].filter((id) => stream.has(id));
    if (ids.length > 0) tx.streams.acknowledge(key, group.name, ids);
  }
}

/** Nodes that one approximate call removes at most where no LIMIT is given, as in Redis. */
const DEFAULT_LIMIT_NODES = 100;
const DEFAULT_LIMIT_ENTRIES_MAX = 1_000_000;

function trimmedCount(stream: StreamView, { by, isApproximate, limit }: Trimming, nodeEntries: number): number {
  const above = "minId" in by ? stream.countBelow(by.minId) : Math.max(0, stream.size - by.maxLength);
  if (!isApproximate) return above;
  const node = nodeEntries > 0 ? nodeEntries : DEFAULT_LIMIT_NODES;
  const most = limit ?? Math.min(DEFAULT_LIMIT_NODES * node, DEFAULT_LIMIT_ENTRIES_MAX);
  const reach = most === 0 ? above : Math.min(above, most);
  // All that is left may be less than a node.
  if (reach === stream.size) return reach;
  return reach - (reach % node);
}
