import { MembershipError } from "../../../src/node/member-keeper.ts";
import { emptyDisk } from "./region-disk.ts";
import type { FaultStep } from "./steps.ts";
import type { Place, World } from "./world.ts";

/** Something goes wrong, or is repaired. What cannot be now is passed over. */
export async function runFault(world: World, step: FaultStep): Promise<void> {
  const { network, tally } = world;
  switch (step.do) {
    case "crash": {
      const place = world.place(step.region);
      if (!place.node.isUp) return;
      crash(world, place, step);
      tally.add(`faults/crash ${step.crash.at}`);
      return;
    }
    case "start": {
      const place = world.place(step.region);
      if (!place.node.isUp) await world.start(place);
      else place.node.pause(false);
      return;
    }
    case "pause": {
      const { node } = world.place(step.region);
      node.pause(true);
      if (node.stage === "paused") tally.add("faults/process stands still");
      return;
    }
    case "partition":
      network.heal();
      for (const [from, to] of step.cuts) network.cut(from, to);
      tally.add(`faults/partition ${step.shape}`);
      return;
    case "clog":
      network.cut(...step.link);
      tally.add("faults/clogged link");
      return;
    case "unclog":
      network.uncut(...step.link);
      return;
    case "heal":
      network.heal();
      return;
    case "half-open":
      network.halfOpen(...step.link);
      tally.add("faults/half-open link");
      return;
    case "corrupt":
      network.corruption = step.share;
      if (step.share > 0) tally.add("faults/damaged frames");
      return;
    case "jump":
      world.place(step.region).node.clock.offsetMs = step.offsetMs;
      tally.add("faults/clock jump");
      return;
    case "fail-disk": {
      const place = world.place(step.region);
      if (!place.node.isUp) return;
      await place.node.failDisk(step.keep);
      tally.add("faults/failed disk");
      return;
    }
    case "back-up": {
      const place = world.place(step.region);
      place.backup = { disk: place.node.disk, vector: world.durableVector(place) };
      return;
    }
    case "restore":
    case "destroy": {
      const place = world.place(step.region);
      const { backup } = place;
      if (step.do === "restore" && backup === null) return;
      crash(world, place, { crash: { at: "before-sync", keep: 0, how: "reset" } });
      place.wasReplaced = true;
      place.node.replaceDisk(step.do === "destroy" ? emptyDisk() : backup!.disk);
      place.lastVector = step.do === "destroy" ? {} : backup!.vector;
      world.ledger.diskLost([...world.places.values()].map((one) => world.book.coverage(world.durableVector(one))));
      tally.add(step.do === "destroy" ? "faults/destroyed disk" : "faults/restored old disk");
      return;
    }
    case "order":
      await order(world, step);
      return;
    default:
      step satisfies never;
  }
}

function crash(world: World, place: Place, step: Pick<Extract<FaultStep, { readonly do: "crash" }>, "crash">): void {
  if (!place.node.isUp) return;
  place.lastVector = world.durableVector(place);
  place.node.crash(step.crash);
  place.door = null;
  place.connections = [];
}

async function order(world: World, step: Extract<FaultStep, { readonly do: "order" }>): Promise<void> {
  const place = world.place(step.region);
  if (place.node.stage !== "ready" || (step.order === "add" && world.places.has(step.member))) return;
  // Operators talk to each other: somebody is to stay.
  const staying = [...world.places.keys()].filter((name) => !world.putOut.has(name) && name !== step.member);
  if (step.order !== "add" && staying.length === 0) return;
  try {
    place.node.keeper.order(step.order, step.member, step.order === "add" ? `ws://${step.member}` : null);
  } catch (error) {
    if (error instanceof MembershipError) return;
    throw error;
  }
  world.tally.add(`faults/member: ${step.order}`);
  if (step.order !== "add") world.putOut.add(step.member);
  if (step.order === "add") await world.start(world.addPlace(step.member, [step.region]));
}
