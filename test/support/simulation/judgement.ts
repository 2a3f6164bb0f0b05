import { ReferenceModel } from "../reference-model.ts";
import type { Coverage } from "./batch-book.ts";
import { checkBounds } from "./checkers/bounds.ts";
import { checkAtomicity, checkCausality, checkCounts, checkKept } from "./checkers/reads.ts";
import { checkAcknowledged, checkConvergence, checkDelivery, checkModel } from "./checkers/states.ts";
import { LEDGER_DB } from "./ledger.ts";
import { lookCommands, observationOf, type Observation } from "./observation.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { Violation } from "./violation.ts";
import type { Place, World } from "./world.ts";

/** Types that the reference model knows. */
const MODELLED: ReadonlySet<string> = new Set(["string", "hash", "set", "zset", "list"]);

/**
 * Nodes whose state counts: those that have left are nobody's copy any more, and those that only an evicted region has ever heard of
 * were never added.
 */
export function judged(world: World): readonly SimulatedNode[] {
  const nodes = world.up().map(({ node }) => node);
  const serving = nodes.filter(({ stage }) => stage === "ready");
  const isKnown = (name: string): boolean =>
    serving.length === 0 || serving.some(({ keeper }) => keeper.membership.all.some(({ region }) => region === name));
  return nodes.filter(({ stage, name }) => stage === "ready" || (stage === "joining" && isKnown(name)));
}

/** What a reader is shown of the checkers' own keys; judged when it is shown. */
export function look(world: World, place: Place): void {
  const connection = world.ledgerConnection(place);
  if (connection === null) return;
  const strings = stringNames(world);
  const covers = world.book.coverage(place.node.keyspace.vector());
  place.door!.sendAtomic(connection, lookCommands(strings), (answer) => {
    if (answer.kind === "unknown" || answer.reply instanceof Error) return;
    world.tally.add("checks/looks");
    const observation = observationOf(place.node.name, strings, answer.reply);
    judgeLook(world, observation, covers);
    for (const name of observation.present) world.ledger.promised(name);
  });
}

/** Regions with equal vectors have equal states, at any moment. */
export function judgeEquals(world: World): void {
  world.tally.add("checks/equal states", checkConvergence(judged(world), world.network.clock.wallMs()));
}

/** Everything has healed. */
export function judgeSettled(world: World): void {
  const regions = judged(world);
  const waiting = regions.find(({ stage }) => stage === "joining");
  if (waiting !== undefined) throw new Violation("delivery", `${waiting.name} never serves again`);
  if (regions.length === 0) throw new Violation("delivery", "no region is left");
  const { ledger, network, book } = world;
  checkDelivery(regions);
  judgeEquals(world);
  // What an evicted region took after the others had let go of it is exported, never merged.
  const members = regions[0]!.keeper.membership.all;
  ledger.excuseRegions(new Set(members.filter(({ state }) => state === "evicted").map(({ region }) => region)));
  for (const region of regions) checkAcknowledged(region, ledger.acknowledged, (dot) => ledger.isExcused(dot));
  for (const place of world.serving()) judgeLastLook(world, place);
  const model = new ReferenceModel();
  for (const bytes of book.bytes()) model.add(bytes);
  checkModel(regions[0]!, model, network.clock.wallMs(), book.keysWithOthers(MODELLED));
  world.tally.add("checks/model");
}

/** Nothing has happened for a while. */
export function judgeRested(world: World): void {
  judgeEquals(world);
  for (const { node } of world.serving()) {
    // The digest has loaded every key.
    node.tick();
    checkBounds(node, {
      ended: world.book.ended,
      lapsedMs: world.network.clock.wallMs() - 2 * node.keyspace.limits.clockSkewMaxMs,
      segmentRecords: world.profile.segmentRecords,
    });
    world.tally.add("checks/bounds");
  }
}

function judgeLastLook(world: World, place: Place): void {
  const { ledger, book } = world;
  const strings = stringNames(world);
  const covers = world.book.coverage(place.node.keyspace.vector());
  let isAnswered = false;
  place.door!.sendAtomic(place.door!.connect(LEDGER_DB), lookCommands(strings), (answer) => {
    isAnswered = true;
    const observation = observationOf(place.node.name, strings, answer.kind === "reply" ? answer.reply : undefined);
    judgeLook(world, observation, covers);
    checkKept(observation, ledger, (name) => book.isFlushed(ledger.uniques.get(name)!.dot, LEDGER_DB, covers));
  });
  if (!isAnswered) throw new Violation("delivery", `${place.node.name} does not show what it has`);
}

function judgeLook(world: World, observation: Observation, covers: Coverage): void {
  const { ledger, book } = world;
  checkAtomicity(observation);
  checkCausality(observation, ledger, (name) => {
    const write = ledger.uniques.get(name);
    return write !== undefined && book.isFlushed(write.dot, LEDGER_DB, covers);
  });
  checkCounts(observation, ledger, covers, book);
}

function stringNames({ ledger }: World): readonly string[] {
  return [...ledger.uniques].filter(([, { how }]) => how === "string" || how === "follow").map(([name]) => name);
}
