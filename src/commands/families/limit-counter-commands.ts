import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import type { CounterRights } from "../../crdt/limit/counter-rights.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { LimitAnswer } from "../../crdt/limit/limit-policy.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { KeyWait } from "../key-wait.ts";
import { notify } from "../messages/notify.ts";
import { BAD_REGION, BAD_TIMEOUT, NEGATIVE_TIMEOUT, SYNTAX_ERROR } from "../refusals.ts";
import { NO_SUCH_LIMIT, NOT_FIRST_MEMBER, NOT_LEFT, NOT_SPENT, TOO_MANY_RIGHTS } from "../limit-refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { AMOUNT_MAX, amountWord } from "./limit-words.ts";

/** Bounded counters: stock, tickets, quotas. So many and never more, in all regions together. */

const NEVER_OVER =
  "B1, B2: each right belongs to one region, which alone spends it: together regions never spend more than was minted.";

interface AmountRequest {
  readonly key: BinaryString;
  readonly amount: number;
}

const parseAmount = (args: readonly BinaryString[]): AmountRequest => ({ key: args[0]!, amount: amountWord(args[1]!) });

/** Rights here, and in all regions as far as is known here. */
function leftReply(tx: Transaction, { server }: CommandCall, key: BinaryString): Reply {
  const rights = tx.limits.counter(key)!;
  return [Math.max(0, rights.of(server.facts().region)), Math.max(0, rights.left)];
}

function existing(tx: Transaction, key: BinaryString): CounterRights {
  const rights = tx.limits.counter(key);
  if (rights === null) throw NO_SUCH_LIMIT;
  return rights;
}

export const limitMint = defineCommand<AmountRequest>({
  name: "LIMIT.MINT",
  group: "limit",
  since: "0.3.0",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key amount",
  summary: "Brings rights to spend into being, in this region. Answers how many are here, and in all regions.",
  complexity: "O(N) in the number of regions",
  convergence: `${NEVER_OVER} B5: what is minted at once in two regions adds up.`,
  parse: parseAmount,
  run(tx, { key, amount }, call) {
    if ((tx.limits.counter(key)?.minted ?? 0) + amount > AMOUNT_MAX) throw TOO_MANY_RIGHTS;
    tx.limits.mint(key, amount);
    notify(call, "module", "limit.mint", key);
    return leftReply(tx, call, key);
  },
});

interface SpendRequest extends AmountRequest {
  /** Null: answers at once. */
  readonly waitMs: number | null;
}

export const limitSpend = defineCommand<SpendRequest>({
  name: "LIMIT.SPEND",
  group: "limit",
  since: "0.3.0",
  arity: -3,
  flags: ["write", "denyoom", "fast", "blocking"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key amount [WAIT milliseconds]",
  summary:
    "Spends rights of this region. Answers 1 or 0, whether they were granted, are elsewhere or gone, and how many are left here and in all. What is elsewhere is asked for; WAIT waits for it.",
  complexity: "O(N) in the number of regions",
  convergence: `${NEVER_OVER} B3: rights that are elsewhere are asked for and come when a region that has some can be reached.`,
  parse(args) {
    const request = parseAmount(args);
    if (args.length === 2) return { ...request, waitMs: null };
    if (args.length !== 4 || !isWord(args[2], "WAIT")) throw SYNTAX_ERROR;
    const waitMs = clampedIntegerWord(args[3]!, BAD_TIMEOUT);
    if (waitMs < 0) throw NEGATIVE_TIMEOUT;
    return { ...request, waitMs };
  },
  run(tx, { key, amount, waitMs }, call) {
    existing(tx, key);
    const answer = tx.limits.spend(key, amount);
    const reply = answerReply(answer, leftReply(tx, call, key));
    if (answer === "granted") notify(call, "module", "limit.spend", key);
    // What is gone does not come by waiting.
    if (answer !== "elsewhere" || waitMs === null || waitMs === 0) return reply;
    return new KeyWait({ keys: [key], type: "limit", timeoutMs: waitMs, timedOut: reply, endsWithKey: true });
  },
});

export const limitReturn = defineCommand<AmountRequest>({
  name: "LIMIT.RETURN",
  group: "limit",
  since: "0.3.0",
  arity: 3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key amount",
  summary: "Gives back rights that were spent, to this region: a sale that did not happen.",
  complexity: "O(N) in the number of regions",
  convergence:
    "B4: what is given back can be spent again, once. Whether so much was spent is decided by what this region sees.",
  parse: parseAmount,
  run(tx, { key, amount }, call) {
    if (existing(tx, key).spent < amount) throw NOT_SPENT;
    tx.limits.giveBack(key, amount);
    notify(call, "module", "limit.return", key);
    return leftReply(tx, call, key);
  },
});

interface ReclaimRequest {
  readonly key: BinaryString;
  readonly region: BinaryString;
}

export const limitReclaim = defineCommand<ReclaimRequest>({
  name: "LIMIT.RECLAIM",
  group: "limit",
  since: "0.3.0",
  arity: 3,
  flags: ["write", "admin"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key region",
  summary:
    "Takes over the rights of a region that has left for good. Only the first member by name may, so that it happens once. Answers how many came.",
  complexity: "O(N) in the number of regions",
  convergence: "B2: what a region that left had at its final frontier is the same number everywhere; it is moved once.",
  parse: (args) => ({ key: args[0]!, region: args[1]! }),
  run(tx, { key, region }, { server }) {
    const own = server.facts().region;
    const { database } = server;
    if (!database.hasLeft(region)) throw NOT_LEFT;
    if (database.otherRegions().some((other) => other < own)) throw NOT_FIRST_MEMBER;
    const rights = Math.max(0, existing(tx, key).of(region));
    if (rights > 0) tx.limits.reclaim(key, region, rights);
    return rights;
  },
});

interface MoveRequest extends AmountRequest {
  readonly to: BinaryString;
}

export const limitMove = defineCommand<MoveRequest>({
  name: "LIMIT.MOVE",
  group: "limit",
  since: "0.3.0",
  arity: 4,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax: "key region amount",
  summary: "Gives rights of this region to another, ahead of its need. Answers how many moved: at most what is here.",
  complexity: "O(N) in the number of regions",
  convergence: "B2: they are gone here at once and there when the batch arrives; on the way they are nobody's.",
  parse: (args) => ({ key: args[0]!, to: args[1]!, amount: amountWord(args[2]!) }),
  run(tx, { key, to, amount }, { server }) {
    if (!server.database.otherRegions().includes(to)) throw BAD_REGION;
    const moved = Math.min(amount, Math.max(0, existing(tx, key).of(server.facts().region)));
    if (moved > 0) tx.limits.move(key, to, moved);
    return moved;
  },
});

export const limitLeft = defineCommand({
  name: "LIMIT.LEFT",
  group: "limit",
  since: "0.3.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key",
  summary:
    "Answers how many rights are left here, and in all regions as far as is known here; null when there is no such limit.",
  complexity: "O(N) in the number of regions",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key, call) => (tx.limits.counter(key) === null ? null : leftReply(tx, call, key)),
});

export const limitInfo = defineCommand({
  name: "LIMIT.INFO",
  group: "limit",
  since: "0.3.0",
  arity: 2,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key",
  summary: "Tells of a counter what was minted, what is spent, what is left, and each region's rights as known here.",
  complexity: "O(N) in the number of regions",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run(tx, key): Reply {
    const rights = tx.limits.counter(key);
    if (rights === null) return null;
    const regions = rights.regions().map((region): [Reply, Reply] => [utf8ToBinary(region), rights.of(region)]);
    return new MapReply([
      ["minted", rights.minted],
      ["spent", rights.spent],
      ["left", rights.left],
      ["regions", new MapReply(regions)],
    ]);
  },
});

function answerReply(answer: LimitAnswer, left: Reply): Reply {
  return [answer === "granted" ? 1 : 0, answer, ...(left as readonly Reply[])];
}
