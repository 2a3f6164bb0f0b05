import { MapReply, type Reply } from "../../../src/resp/reply.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Coverage } from "./batch-book.ts";
import { checkConserved, checkNeverExceeded, checkWindows, type ShownLimit } from "./checkers/limits.ts";
import { checkFencing, checkHolders, checkLockReads } from "./checkers/locks.ts";
import { judged } from "./judgement.ts";
import { LEDGER_DB } from "./ledger.ts";
import { COUNTED_LIMITS, POLICY, type LimitCall } from "./limit-book.ts";
import { homeOf } from "./lock-steps.ts";
import type { Hold, HomeRun } from "./lock-book.ts";
import { Violation } from "./violation.ts";
import type { Place, World } from "./world.ts";

/** How often homes are asked after everything has healed: logs that were full make room first. */
const REACH_ROUNDS = 10;
const REACHED = "reached";

/** Which regions have left in the end, and which batches there are. */
interface End {
  readonly covers: Coverage;
  readonly evicted: ReadonlySet<string>;
  /** Evicted, or gone by themselves. */
  readonly cut: ReadonlySet<string>;
}

/** Everything has healed: what clients were told of limits and locks while it had not. */
export function judgeRights(world: World): void {
  const end = endOf(world);
  judgeLimits(world, end);
  judgeLocks(world, end);
}

/** Nothing has happened for a while: the accounts of all regions add up. */
export function judgeRightsAtRest(world: World): void {
  // A flush takes rights, spends and all with it, as far as it has seen them.
  if (world.book.wasFlushed(LEDGER_DB)) return;
  const { covers } = endOf(world);
  for (const place of world.serving()) {
    for (const limit of COUNTED_LIMITS) {
      const shown = shownLimit(place.door!.peek(["LIMIT.INFO", limit], LEDGER_DB));
      checkConserved(place.node.name, limit, shown, world.limits.calls, covers);
      world.tally.add("checks/conserved");
    }
  }
}

/** Pinned keys are served again, from everywhere, unless their home's region is on its way out. */
export async function reachHomes(world: World): Promise<void> {
  const { profile } = world;
  const answers = new Map<string, string>();
  for (let round = 0; round < REACH_ROUNDS; round++) {
    forgetWhoLeaves(world, answers);
    for (const [place, home] of pairsToReach(world)) askHome(world, place, home, answers);
    for (let passed = 0; passed < 4; passed++) {
      await world.run(50 * profile.taste.scale);
      for (const { node } of world.up()) {
        node.sync();
        await node.truncateLog();
      }
    }
    if ([...answers.values()].every((answer) => answer === REACHED)) return;
  }
  forgetWhoLeaves(world, answers);
  const unreached = [...answers].find(([, one]) => one !== REACHED);
  if (unreached === undefined) return;
  const [name, answer] = unreached;
  throw new Violation("delivery", `home ${name} is not reached: ${answer}`);
}

/** Who is to reach which home, as every region that serves sees itself and the home's region now. */
function pairsToReach(world: World): readonly (readonly [Place, string])[] {
  return world.serving().flatMap((place) => {
    const { all, own } = place.node.keeper.membership;
    if (own !== "member") return [];
    const isMember = (region: string | null): boolean => all.find((one) => one.region === region)?.state === "member";
    return world.profile.names.filter((home) => isMember(homeOf(place, home))).map((home) => [place, home] as const);
  });
}

/**
 * A region that was told to leave may hear of it after it has asked, and be gone before the home's answer is there: whoever asked is
 * told that the outcome is unknown, which is true, and nobody asks there again.
 */
function forgetWhoLeaves(world: World, answers: Map<string, string>): void {
  const names = new Set(pairsToReach(world).map(([place, home]) => nameOf(place, home)));
  for (const name of answers.keys()) if (!names.has(name)) answers.delete(name);
}

function askHome(world: World, place: Place, home: string, answers: Map<string, string>): void {
  const name = nameOf(place, home);
  if (answers.get(name) === REACHED) return;
  answers.set(name, "no answer");
  place.door!.send(place.door!.connect(LEDGER_DB), ["ANTIPODE", "FENCE", `{home:${home}}end`], (answer) => {
    if (answer.kind === "unknown" || !answers.has(name)) return;
    answers.set(name, answer.reply instanceof ReplyError ? answer.reply.line : REACHED);
    if (!(answer.reply instanceof ReplyError)) world.tally.add("checks/homes reached");
  });
}

const nameOf = ({ node }: Place, home: string): string => `${home} from ${node.name}`;

function endOf(world: World): End {
  const [region] = judged(world);
  const members = region!.keeper.membership.all;
  const namesOf = (states: readonly string[]): ReadonlySet<string> =>
    new Set(members.filter(({ state }) => states.includes(state)).map(({ region: name }) => name));
  return {
    covers: world.book.coverage(region!.keyspace.vector()),
    evicted: namesOf(["evicted"]),
    cut: namesOf(["evicted", "left"]),
  };
}

function judgeLimits({ limits, ledger, book, tally }: World, { covers, evicted }: End): void {
  // What an evicted region alone had is merged by nobody; what it seems to have left may be taken over.
  const isExcused = ({ dot, region, limit }: LimitCall): boolean =>
    dot !== null &&
    (ledger.isLost(dot) || (evicted.has(region) && !covers(dot) && limits.reclaimed.has(`${limit}/${region}`)));
  for (const limit of COUNTED_LIMITS) checkNeverExceeded(limit, limits.calls, isExcused);
  tally.add("checks/never exceeded");
  if (book.wasFlushed(LEDGER_DB)) return;
  checkWindows(limits.taken, POLICY.capacity, (dot) => ledger.isLost(dot));
}

function judgeLocks(world: World, end: End): void {
  const { locks, tally } = world;
  if (locks.twice !== null) throw new Violation("one holder", `${locks.twice} ran twice (N1)`);
  const isExcused = (id: string | null): boolean => {
    const run = id === null ? undefined : locks.runs.get(id);
    return run !== undefined && isExcusedRun(world, end, run);
  };
  checkFencing(locks.tokens.filter(({ id }) => !isExcused(id)));
  tally.add("checks/fencing");
  const holds = locks.holds
    .filter((hold) => !isExcused(hold.id) && isLasting(world, hold))
    .map((hold) => lasting(world, end, hold));
  checkHolders(holds);
  checkLockReads(
    locks.reads.filter(({ region, isBlind }) => !isBlind && !end.cut.has(region)),
    holds,
  );
  tally.add("checks/one holder");
}

/**
 * What the contract does not promise: what only a lost disk had; what a region does that was given another disk, before it has what it
 * did before from whoever has it; and a home whose whole majority an operator has put out while it was alive.
 */
function isExcusedRun({ ledger }: World, { covers, evicted, cut }: End, run: HomeRun): boolean {
  if (ledger.isLost(run.dot) || run.isBlind) return true;
  return evicted.has(run.region) && !covers(run.dot) && run.linked.every((region) => cut.has(region));
}

/** No flush had seen it (K5), and no region that did not know of it has run something on its key. */
function isLasting({ book, locks }: World, { id, home, fromMs, untilMs }: Hold): boolean {
  const run = locks.runs.get(id);
  if (run !== undefined && book.isFlushed(run.dot, LEDGER_DB, () => true)) return false;
  return ![...locks.runs.values()].some(
    (other) => other.isBlind && other.home === home && other.atMs >= fromMs && other.atMs <= untilMs,
  );
}

/** What nobody had of a home when it was taken from a region that had left ends with that. */
function lasting({ locks }: World, { covers }: End, hold: Hold): Hold {
  const run = locks.runs.get(hold.id);
  if (run === undefined || covers(run.dot)) return hold;
  const taken = locks.taken.find(({ home, atMs }) => home === hold.home && atMs >= hold.fromMs);
  return taken === undefined ? hold : { ...hold, untilMs: Math.min(hold.untilMs, taken.atMs) };
}

function shownLimit(reply: Reply | undefined): ShownLimit | null {
  if (!(reply instanceof MapReply)) return null;
  const fields = new Map(reply.pairs as readonly (readonly [string, Reply])[]);
  const regions = fields.get("regions") as MapReply;
  return {
    minted: Number(fields.get("minted")),
    spent: Number(fields.get("spent")),
    left: Number(fields.get("left")),
    regions: new Map(regions.pairs.map(([region, rights]) => [region as string, Number(rights)])),
  };
}
