import { MapReply, Status, type Reply } from "../../../src/resp/reply.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Answer } from "./door.ts";
import { LEDGER_DB } from "./ledger.ts";
import type { Argv } from "./random-command.ts";
import { JUMP_MS } from "./random-fault.ts";
import type { LockStep } from "./steps.ts";
import type { Place, World } from "./world.ts";

type LockWork = Extract<LockStep, { readonly do: "lock" }>;

const LOCK_SCRIPT = `if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return redis.call('ANTIPODE', 'FENCE', KEYS[1]) end`;
const UNLOCK_SCRIPT = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/** The key whose value names the last call that ran in a home: by it a batch tells whose it is. */
export const MARK = "mark";

/** What clients do with locks on pinned keys, and operators with homes. */
export function runLockStep(world: World, step: LockStep): void {
  if (step.do === "move-home") {
    moveHome(world, step);
    return;
  }
  const place = world.place(step.region);
  if (place.node.stage !== "ready") return;
  const lock = `{home:${step.home}}${step.lock}`;
  switch (step.deed) {
    case "lock":
      acquire(world, place, step, lock, "plain");
      return;
    case "lock-fenced":
      acquire(world, place, step, lock, world.profile.taste.scripts ? "script" : "transaction");
      return;
    case "unlock":
      if (world.profile.taste.scripts) unlock(world, place, lock);
      return;
    case "fence":
      fence(world, place, step.home, lock, step.id);
      return;
    case "read":
      read(world, place, lock);
  }
}

function acquire(
  world: World,
  place: Place,
  step: LockWork,
  lock: string,
  how: "plain" | "script" | "transaction",
): void {
  const { locks, limits, network, profile } = world;
  const { home, id, ttlMs } = step;
  const [sentMs, askedAt] = [network.nowMs, limits.moment()];
  // It runs after it was sent; by the clock of whichever region is the home then it may end earlier by the skew.
  const untilMs = sentMs + ttlMs - 2 * JUMP_MS * profile.taste.scale;
  const holds = (): unknown => locks.holds.push({ home, lock, id, fromMs: network.nowMs, untilMs });
  const told = (token: Reply): unknown =>
    locks.tokens.push({ home, token: Number(token), id, askedAt, toldAt: limits.moment() });
  const set: Argv = ["SET", lock, id, "NX", "PX", String(ttlMs)];
  if (how === "plain") {
    send(world, place, [set], "lock", (reply) => isOk(reply) && holds());
    return;
  }
  if (how === "script") {
    send(world, place, [["EVAL", LOCK_SCRIPT, "1", lock, id, String(ttlMs)]], "lock by script", (reply) => {
      if (reply === null) return false;
      told(reply);
      return holds();
    });
    return;
  }
  const mark: Argv = ["SET", `{home:${home}}${MARK}`, id];
  send(world, place, [set, ["ANTIPODE", "FENCE", lock], mark], "lock in a transaction", (reply) => {
    const [done, token] = reply as readonly [Reply, Reply, Reply];
    told(token);
    return isOk(done) && holds();
  });
}

function unlock(world: World, place: Place, lock: string): void {
  const { locks, network } = world;
  const hold = locks.holder(lock, network.nowMs);
  if (hold === null) return;
  // From here on it is nobody's for sure.
  hold.untilMs = network.nowMs;
  send(world, place, [["EVAL", UNLOCK_SCRIPT, "1", lock, hold.id]], "unlock", (reply) => reply === 1);
}

function fence(world: World, place: Place, home: string, lock: string, id: string): void {
  const { locks, limits } = world;
  const askedAt = limits.moment();
  const mark: Argv = ["SET", `{home:${home}}${MARK}`, id];
  send(world, place, [["ANTIPODE", "FENCE", lock], mark], "fence", (reply) => {
    const [token] = reply as readonly Reply[];
    return locks.tokens.push({ home, token: Number(token), id, askedAt, toldAt: limits.moment() });
  });
}

function read(world: World, place: Place, lock: string): void {
  const { locks, network } = world;
  const fromMs = network.nowMs;
  const anyBlind = (): boolean => [...world.places.values()].some((one) => world.isBlind(one));
  const wasBlind = anyBlind();
  send(world, place, [["GET", lock]], "read", (reply) => {
    const shown = typeof reply === "string" ? reply : null;
    return locks.reads.push({
      lock,
      region: place.node.name,
      shown,
      fromMs,
      untilMs: network.nowMs,
      isBlind: wasBlind || anyBlind(),
    });
  });
}

function moveHome(world: World, { home, to, asks }: Extract<LockStep, { readonly do: "move-home" }>): void {
  const serving = world.serving().toSorted((left, right) => (left.node.name < right.node.name ? -1 : 1));
  const [first] = serving;
  const known = first?.door?.peek(["ANTIPODE", "HOME", home], LEDGER_DB);
  if (first === undefined || !(known instanceof MapReply)) return;
  const region = known.pairs.find(([name]) => name === "region")![1];
  const place = asks === "first" ? first : serving.find(({ node }) => node.name === region);
  if (place === undefined) return;
  const before = homeOf(place, home);
  const connection = place.door!.connect(LEDGER_DB);
  const told = (dot: NonNullable<Answer["dot"]>): void => {
    world.ledger.told.push(dot);
    world.tally.add(before === place.node.name ? "homes/moved" : "homes/taken from one that left");
    if (before !== place.node.name) world.locks.taken.push({ home, atMs: world.network.nowMs });
  };
  place.door!.sendTold(connection, ["ANTIPODE", "MOVEHOME", home, to], told, (answer) => {
    if (answer.kind === "reply" && answer.dot !== null) world.ledger.acknowledged.push(answer.dot);
    if (answer.kind === "reply" && answer.reply instanceof ReplyError) {
      world.tally.add(`homes/refused ${answer.reply.code}`);
    }
  });
}

export function homeOf(place: Place, home: string): string | null {
  const known = place.door!.peek(["ANTIPODE", "HOME", home], LEDGER_DB);
  if (!(known instanceof MapReply)) return null;
  return known.pairs.find(([name]) => name === "region")![1] as string;
}

const isOk = (reply: Reply): boolean => reply instanceof Status && reply.text === "OK";

/** One command, or several as one transaction. `worked` says of a reply that is no error whether what was wanted came to be. */
function send(
  world: World,
  place: Place,
  commands: readonly Argv[],
  deed: string,
  worked: (reply: Reply) => unknown,
): void {
  const door = place.door!;
  const connection = door.connect(LEDGER_DB);
  const answered = (answer: Answer): void => {
    door.disconnect(connection);
    world.tally.add(`locks/${deed}: ${outcomeOf(answer, worked)}`);
    if (answer.kind === "reply" && answer.dot !== null) world.ledger.acknowledged.push(answer.dot);
  };
  const [only] = commands as [Argv];
  if (commands.length === 1) door.send(connection, only, answered);
  else door.sendAtomic(connection, commands, answered);
}

function outcomeOf(answer: Answer, worked: (reply: Reply) => unknown): string {
  if (answer.kind === "unknown" || answer.reply === undefined) return "unknown";
  const { reply } = answer;
  if (reply instanceof ReplyError) return reply.code === "UNKNOWN" ? "unknown" : `refused ${reply.code}`;
  const failed = Array.isArray(reply) ? reply.find((one) => one instanceof ReplyError) : undefined;
  if (failed !== undefined) return `refused inside ${failed.code}`;
  return worked(reply) ? "done" : "not done";
}
