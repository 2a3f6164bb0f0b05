import { seededRandom, type Random } from "../../../src/base/random.ts";
import type { ScriptEngine } from "../../../src/commands/scripting-port.ts";
import { checkDelivery } from "./checkers/states.ts";
import { runClientStep } from "./client-steps.ts";
import { judgeRightsAtRest, judgeRights, reachHomes } from "./judge-rights.ts";
import { runLimitStep } from "./limit-steps.ts";
import { runLockStep } from "./lock-steps.ts";
import { runFault } from "./fault-steps.ts";
import { judged, judgeEquals, judgeRested, judgeSettled, look } from "./judgement.ts";
import type { Profile } from "./profile.ts";
import { pick } from "./random-command.ts";
import type { Step } from "./steps.ts";
import type { Tally } from "./tally.ts";
import { Travellers } from "./travellers.ts";
import { Violation } from "./violation.ts";
import { World } from "./world.ts";

export interface Ran {
  readonly tally: Tally;
  /** What a checker found, or what the product threw; null: nothing. */
  readonly violation: Violation | null;
  /** Index of the step after which it was found; the number of steps when at the end. */
  readonly at: number;
}

/** Whether a disk refuses a checkpoint is decided by numbers of its own: histories that were found stay what they are. */
const REFUSALS = 0x2ef05a15;
const SETTLE_ROUNDS = 120;
// Each of several words that wait for one another (a member that leaves) becomes durable, and is heard, in a round of its own.
const REST_ROUNDS = 12;
/** What the product does once a second happens in every round. */
const REST_ROUND_MS = 1_500;

/** Runs a history, lets everything heal, and judges. Deterministic: the same profile and steps, the same run. */
export async function runHistory(
  profile: Profile,
  steps: readonly Step[],
  scripting: ScriptEngine | null,
): Promise<Ran> {
  const world = new World(profile, scripting);
  const { tally } = world;
  let at = 0;
  try {
    const travellers = new Travellers(world);
    await world.begin();
    for (; at < steps.length; at++) await runStep(world, travellers, steps[at]!);
    await settle(world);
    judgeSettled(world);
    judgeRights(world);
    await reachHomes(world);
    await rest(world);
    judgeRested(world);
    judgeRightsAtRest(world);
    return { tally, violation: null, at };
  } catch (error) {
    if (error instanceof Violation) return { tally, violation: error, at };
    return { tally, violation: new Violation("exception", (error as Error).stack ?? String(error)), at };
  }
}

async function runStep(world: World, travellers: Travellers, step: Step): Promise<void> {
  if (!isAsleep(world, step)) await act(world, travellers, step);
  await passTime(world, seededRandom(step.seed), seededRandom(step.seed ^ REFUSALS));
}

/** It is for a process that stands still. */
function isAsleep(world: World, step: Step): boolean {
  if (!("region" in step) || step.do === "start" || step.do === "crash") return false;
  return world.places.get(step.region)?.node.stage === "paused";
}

async function act(world: World, travellers: Travellers, step: Step): Promise<void> {
  switch (step.do) {
    case "wait":
      await world.run(step.ms);
      break;
    case "sync":
      world.place(step.region).node.sync();
      break;
    case "checkpoint": {
      const { node } = world.place(step.region);
      if (node.isUp) node.keyspace.checkpointWanted = true;
      break;
    }
    case "travel":
      travellers.step(step.traveller, step.to);
      break;
    case "limit":
    case "policy":
    case "take":
      runLimitStep(world, step);
      break;
    case "lock":
    case "move-home":
      runLockStep(world, step);
      break;
    case "command":
    case "transaction":
    case "pair":
    case "unique":
    case "follow":
    case "count":
      runClientStep(world, step);
      break;
    default:
      await runFault(world, step);
  }
}

async function passTime(world: World, random: Random, refusals: Random): Promise<void> {
  for (const { node } of world.up()) {
    if (random.below(4) === 0) node.sync(refusals.below(3) === 0);
    if (world.profile.logBytesMax !== null && random.below(4) === 0) await node.truncateLog();
  }
  await world.run((1 + random.below(8)) * 5 * world.profile.taste.scale);
  const serving = world.serving();
  if (serving.length > 0) look(world, pick(random, serving));
  if (random.below(8) === 0) judgeEquals(world);
}

/** Everything heals, every machine runs, and time passes until all have everything. */
async function settle(world: World): Promise<void> {
  const { network, profile } = world;
  network.heal();
  network.corruption = 0;
  for (const place of world.places.values()) {
    place.node.clock.offsetMs = 0;
    place.node.pause(false);
    if (!place.node.isUp) await world.start(place);
  }
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    for (const { node } of world.up()) {
      node.sync();
      // A snapshot waits for a checkpoint.
      if (profile.logBytesMax !== null) node.keyspace.checkpointWanted = true;
    }
    await world.run(50 * profile.taste.scale);
    if (round > 3 && isSettled(world)) break;
  }
  for (const { node } of world.up()) node.sync();
}

function isSettled(world: World): boolean {
  const regions = judged(world);
  if (regions.some(({ stage }) => stage === "joining")) return false;
  try {
    checkDelivery(regions);
    return true;
  } catch (error) {
    if (error instanceof Violation) return false;
    throw error;
  }
}

/** Nothing happens any more, and what was kept for a while goes. */
async function rest(world: World): Promise<void> {
  for (let round = 0; round < REST_ROUNDS; round++) {
    await world.run(Math.max(300 * world.profile.taste.scale, REST_ROUND_MS));
    for (const { node } of world.up()) {
      node.sync();
      await node.truncateLog();
    }
  }
}
