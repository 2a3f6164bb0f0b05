import type { BinaryString } from "../../base/bytes.ts";
import { formatStreamId, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { badMinIdle, COUNT_NOT_POSITIVE, badClaimOption, unknownClaimOption } from "../stream-refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import type { Reader } from "./stream-delivery.ts";
import { groupToChange } from "./stream-pending-commands.ts";
import { entryReply, parseStreamId, startWord, streamIdWord } from "./stream-words.ts";

/** Taking over what is pending for other consumers. */

const CLAIMS =
  "T4: the claim is known in every region; of two made at the same time the later one is shown, and both may work on the entry.";

interface ClaimOptions {
  readonly ids: readonly StreamId[];
  readonly deliveredMs: number;
  /** Null: one more than before, unless only ids are asked for. */
  readonly retryCount: number | null;
  readonly force: boolean;
  readonly justId: boolean;
  readonly lastId: StreamId;
}

/** Words behind min-idle-time: ids up to the first word that is none, then options. */
function claimOptions(words: readonly BinaryString[], nowMs: number): ClaimOptions {
  const ids: StreamId[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const id = parseStreamId(words[at]!);
    if (id === null) break;
    ids.push(id);
  }
  let deliveredMs = nowMs;
  let retryCount: number | null = null;
  let [force, justId] = [false, false];
  let lastId = STREAM_ID_MIN;
  const number = (option: "IDLE" | "TIME" | "RETRYCOUNT"): number =>
    clampedIntegerWord(words[++at]!, badClaimOption(option));
  for (; at < words.length; at++) {
    const word = words[at]!.toUpperCase();
    const hasValue = at + 1 < words.length;
    if (word === "FORCE") force = true;
    else if (word === "JUSTID") justId = true;
    else if (word === "IDLE" && hasValue) deliveredMs = nowMs - number("IDLE");
    else if (word === "TIME" && hasValue) deliveredMs = number("TIME");
    else if (word === "RETRYCOUNT" && hasValue) {
      const given = number("RETRYCOUNT");
      retryCount = given < 0 ? null : given;
    } else if (word === "LASTID" && hasValue) lastId = streamIdWord(words[++at]!);
    else throw unknownClaimOption(words[at]!);
  }
  // Clients compute times from clocks of their own: one that makes no sense is now.
  if (deliveredMs < 0 || deliveredMs > nowMs) deliveredMs = nowMs;
  return { ids, deliveredMs, retryCount, force, justId, lastId };
}

function seeConsumer(tx: Transaction, { key, group, consumer }: Reader): void {
  if (groupToChange(tx, key, group).consumer(consumer) === null) tx.streams.createConsumer(key, group, consumer);
  else tx.streams.sawConsumer(key, group, consumer);
}

/** What is claimed and what turned out to be gone, before anything is changed. */
class Claim {
  readonly claimed: StreamId[] = [];
  readonly gone: StreamId[] = [];
  readonly #counts = new Map<StreamId, number>();

  take(id: StreamId, count: number): void {
    this.claimed.push(id);
    this.#counts.set(id, count);
  }

  countOf(id: StreamId): number | undefined {
    return this.#counts.get(id);
  }

  commit(tx: Transaction, { key, group, consumer }: Reader, deliveredMs: number): void {
    if (this.gone.length > 0) tx.streams.acknowledge(key, group, this.gone);
    if (this.#counts.size === 0) return;
    const [ids, counts] = [[...this.#counts.keys()], [...this.#counts.values()]];
    tx.streams.deliver(key, group, { consumer, deliveredMs, ids, counts, settled: [], advance: null });
  }

  reply(tx: Transaction, key: BinaryString, justId: boolean): Reply[] {
    const stream = tx.streams.get(key)!;
    return this.claimed.map((id) => (justId ? formatStreamId(id) : entryReply([id, stream.fields(id)!])));
  }
}

export const xclaim = defineCommand({
  name: "XCLAIM",
  group: "stream",
  since: "5.0.0",
  arity: -6,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax:
    "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID last-id]",
  summary: "Makes pending entries a consumer's own, whoever had them.",
  complexity: "O(log N) for each id",
  convergence: CLAIMS,
  parse: (args) => args,
  run(tx, [key, group, consumer, minIdleWord, ...words]): Reply {
    const reader: Reader = { key: key!, group: group!, consumer: consumer! };
    groupToChange(tx, reader.key, reader.group);
    const minIdleMs = clampedIntegerWord(minIdleWord!, badMinIdle("XCLAIM"));
    const options = claimOptions(words, tx.nowMs);
    const before = groupToChange(tx, reader.key, reader.group);
    if (options.lastId > before.lastDelivered) {
      tx.streams.setGroup(reader.key, reader.group, options.lastId, before.entriesRead);
    }
    seeConsumer(tx, reader);
    const stream = tx.streams.get(reader.key)!;
    const view = stream.group(reader.group)!;
    const claim = new Claim();
    for (const id of options.ids) {
      const known = view.delivery(id);
      if (!stream.has(id)) {
        if (known !== null) claim.gone.push(id);
        continue;
      }
      const again = claim.countOf(id);
      if (again === undefined) {
        if (known === null && !options.force) continue;
        if (known !== null && minIdleMs > 0 && tx.nowMs - known.deliveredMs < minIdleMs) continue;
      } else if (minIdleMs > 0 && tx.nowMs - options.deliveredMs < minIdleMs) continue;
      const count = again ?? known?.count ?? 1;
      claim.take(id, options.retryCount ?? (options.justId ? count : count + 1));
    }
    claim.commit(tx, reader, options.deliveredMs);
    return claim.reply(tx, reader.key, options.justId);
  },
});

const AUTOCLAIM_COUNT_DEFAULT = 100;
/** Pending entries looked at for each that may be claimed: bounds how long a call can take. */
const AUTOCLAIM_ATTEMPTS = 10;
const AUTOCLAIM_COUNT_MAX = Math.floor(Number.MAX_SAFE_INTEGER / AUTOCLAIM_ATTEMPTS);

export const xautoclaim = defineCommand({
  name: "XAUTOCLAIM",
  group: "stream",
  since: "6.2.0",
  arity: -6,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key group consumer min-idle-time start [COUNT count] [JUSTID]",
  summary: "Makes entries a consumer's own that have been pending for long, from an id on.",
  complexity: "O(log N + M) with M entries looked at",
  convergence: CLAIMS,
  parse(args) {
    const minIdleMs = clampedIntegerWord(args[3]!, badMinIdle("XAUTOCLAIM"));
    const start = startWord(args[4]!);
    let count = AUTOCLAIM_COUNT_DEFAULT;
    let justId = false;
    for (let at = 5; at < args.length; at++) {
      if (isWord(args[at], "COUNT") && at + 1 < args.length) {
        count = clampedIntegerWord(args[++at]!, COUNT_NOT_POSITIVE);
        if (count < 1 || count > AUTOCLAIM_COUNT_MAX) throw COUNT_NOT_POSITIVE;
      } else if (isWord(args[at], "JUSTID")) justId = true;
      else throw SYNTAX_ERROR;
    }
    return { reader: { key: args[0]!, group: args[1]!, consumer: args[2]! }, minIdleMs, start, count, justId };
  },
  run(tx, { reader, minIdleMs, start, count, justId }): Reply {
    seeConsumer(tx, reader);
    const stream = tx.streams.get(reader.key)!;
    const group = stream.group(reader.group)!;
    const claim = new Claim();
    let attempts = count * AUTOCLAIM_ATTEMPTS;
    let next = STREAM_ID_MIN;
    for (const id of group.pendingIds(start, STREAM_ID_MAX)) {
      if (attempts === 0 || claim.claimed.length + claim.gone.length === count) {
        next = id;
        break;
      }
      attempts--;
      const delivery = group.delivery(id)!;
      if (!stream.has(id)) claim.gone.push(id);
      else if (minIdleMs <= 0 || tx.nowMs - delivery.deliveredMs >= minIdleMs) {
        claim.take(id, justId ? delivery.count : delivery.count + 1);
      }
    }
    claim.commit(tx, reader, tx.nowMs);
    return [formatStreamId(next), claim.reply(tx, reader.key, justId), claim.gone.map((id) => formatStreamId(id))];
  },
});
