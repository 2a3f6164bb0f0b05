import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import {
  evenShares,
  formatPolicy,
  type LimitAlgorithm,
  type LimitMode,
  type LimitPolicy,
} from "../../crdt/limit/limit-policy.ts";
import { POLICIES_KEY } from "../../keyspace/types/limit/limit-transaction.ts";
import { MapReply, OK, type Reply } from "../../resp/reply.ts";
import { defineCommand, defineContainer, READS_LOCALLY } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { BAD_CAPACITY, BAD_SHARES, BAD_WINDOW, REFILL_WITHOUT_BUCKET } from "../limit-refusals.ts";
import { SystemHash } from "../system-hash.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";
import { AMOUNT_MAX, amountWord } from "./limit-words.ts";

/** Policies: what a rate limit is. Data of the database: set once, known everywhere, used once every region knows it (B7). */

/** A year. */
const WINDOW_MS_MAX = 31_536_000_000;
const POLICIES = new SystemHash(POLICIES_KEY);

interface PolicyRequest {
  readonly name: BinaryString;
  readonly capacity: number;
  readonly windowMs: number;
  readonly algorithm: LimitAlgorithm;
  readonly mode: LimitMode;
  readonly refill: number;
  /** Null: as evenly as it goes over the members of now. */
  readonly shares: ReadonlyMap<string, number> | null;
}

const set = defineCommand<PolicyRequest>({
  name: "LIMIT.POLICY SET",
  group: "limit",
  since: "0.3.0",
  arity: -5,
  flags: ["write", "denyoom"],
  syntax:
    "name capacity window-milliseconds [FIXED | SLIDING | BUCKET REFILL amount] [STRICT | APPROXIMATE] [SHARES region amount ...]",
  summary:
    "Defines a rate limit: so many in each window, over all regions. Defining it again in the same words changes nothing. Shares: evenly over the members, unless given.",
  complexity: "O(N) in the number of regions",
  convergence:
    "B7: of two definitions made at once the later holds; a strict one is used once every member has done with the one before.",
  parse(args) {
    const [name, capacity, window, ...options] = args;
    const windowMs = clampedIntegerWord(window!, BAD_WINDOW);
    if (windowMs < 1 || windowMs > WINDOW_MS_MAX) throw BAD_WINDOW;
    return { name: name!, capacity: amountWord(capacity!, BAD_CAPACITY), windowMs, ...parseOptions(options) };
  },
  run(tx, { name, shares, ...policy }, { server }) {
    const members = [server.facts().region, ...server.database.otherRegions()];
    const text = formatPolicy({ ...policy, shares: sharesOf(policy.capacity, shares, members) });
    const isKnown = POLICIES.read(tx, (view) => view?.get(name) === text);
    if (!isKnown) POLICIES.put(tx, name, text);
    return OK;
  },
});

type Options = Pick<PolicyRequest, "algorithm" | "mode" | "refill" | "shares">;

function parseOptions(options: readonly BinaryString[]): Options {
  let [algorithm, mode, refill]: [LimitAlgorithm, LimitMode, number] = ["fixed", "strict", 0];
  let shares: Map<string, number> | null = null;
  for (let index = 0; index < options.length; index++) {
    const word = options[index]!;
    if (isWord(word, "FIXED")) algorithm = "fixed";
    else if (isWord(word, "SLIDING")) algorithm = "sliding";
    else if (isWord(word, "BUCKET")) algorithm = "bucket";
    else if (isWord(word, "STRICT")) mode = "strict";
    else if (isWord(word, "APPROXIMATE")) mode = "approximate";
    else if (isWord(word, "REFILL") && options[index + 1] !== undefined)
      refill = amountWord(options[++index]!, BAD_CAPACITY);
    else if (isWord(word, "SHARES")) {
      shares = parseShares(options.slice(index + 1));
      break;
    } else throw SYNTAX_ERROR;
  }
  if ((algorithm === "bucket") !== refill > 0) throw REFILL_WITHOUT_BUCKET;
  return { algorithm, mode, refill, shares };
}

function parseShares(words: readonly BinaryString[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (let index = 0; index < words.length; index += 2) {
    const [region, amount] = [words[index]!, words[index + 1]];
    if (amount === undefined || shares.has(region)) throw BAD_SHARES;
    const share = clampedIntegerWord(amount, BAD_SHARES);
    if (share < 0 || share > AMOUNT_MAX) throw BAD_SHARES;
    shares.set(region, share);
  }
  if (shares.size === 0) throw BAD_SHARES;
  return shares;
}

function sharesOf(
  capacity: number,
  wanted: ReadonlyMap<string, number> | null,
  members: readonly string[],
): ReadonlyMap<string, number> {
  if (wanted === null) return evenShares(capacity, members);
  let sum = 0;
  for (const [region, share] of wanted) {
    if (!members.includes(region)) throw BAD_SHARES;
    sum += share;
  }
  if (sum !== capacity) throw BAD_SHARES;
  return wanted;
}

const get = defineCommand({
  name: "LIMIT.POLICY GET",
  group: "limit",
  since: "0.3.0",
  arity: 3,
  flags: ["readonly"],
  syntax: "name",
  summary: "Answers a policy's definition, and whether it is in use here; null when there is none.",
  complexity: "O(N) in the number of regions",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run(tx, name): Reply {
    const defined = tx.limits.policy(name);
    return defined === null ? null : policyReply(defined.policy, defined.isActive);
  },
});

const list = defineCommand({
  name: "LIMIT.POLICY LIST",
  group: "limit",
  since: "0.3.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "",
  summary: "Answers the names of all policies.",
  complexity: "O(N) in the number of policies",
  convergence: READS_LOCALLY,
  parse: () => null,
  run: (tx) => POLICIES.read(tx, (view) => [...(view?.fields() ?? [])].toSorted()),
});

const del = defineCommand({
  name: "LIMIT.POLICY DEL",
  group: "limit",
  since: "0.3.0",
  arity: 3,
  flags: ["write"],
  syntax: "name",
  summary: "Forgets a policy. Answers whether there was one.",
  complexity: "O(1)",
  convergence: "H2: a definition that is made elsewhere at the same time stays.",
  parse: (args) => args[0]!,
  run(tx, name) {
    if (!POLICIES.read(tx, (view) => view?.has(name) === true)) return 0;
    POLICIES.remove(tx, [name]);
    return 1;
  },
});

function policyReply(policy: LimitPolicy, isActive: boolean): Reply {
  const shares = [...policy.shares].map(([region, share]): [Reply, Reply] => [utf8ToBinary(region), share]);
  return new MapReply([
    ["capacity", policy.capacity],
    ["window-ms", policy.windowMs],
    ["algorithm", policy.algorithm],
    ["refill", policy.refill],
    ["mode", policy.mode],
    ["active", isActive ? 1 : 0],
    ["shares", new MapReply(shares)],
  ]);
}

const SUBCOMMANDS = [set, get, list, del];

export const limitPolicy = defineContainer({
  name: "LIMIT.POLICY",
  group: "limit",
  since: "0.3.0",
  summary: "Rate limits by name.",
  complexity: "Depends on the subcommand.",
  subcommands: [...SUBCOMMANDS, defineHelp("LIMIT.POLICY", "limit", "0.3.0", SUBCOMMANDS)],
});
