import { describe, expect, it } from "vitest";
import { seededRandom, type Random } from "../../src/base/random.ts";
import { DEFAULT_KEYSPACE_LIMITS } from "../../src/keyspace/keyspace.ts";
import { CLASSES_KEY, encodeClassRule } from "../../src/keyspace/key-classes.ts";
import { FinalCopyError, FinalKeyError, WrongTypeError } from "../../src/keyspace/transaction-port.ts";
import { SYSTEM_DATABASE } from "../../src/crdt/operations/operation-kind.ts";
import { openKeyspace } from "../../src/keyspace/open-keyspace.ts";
import { EngineWorld, type EngineRegion } from "../support/engine-world.ts";
import { ReferenceModel } from "../support/reference-model.ts";
import { actOnSorted } from "../support/reference/sorted-actions.ts";
import { visibleState } from "../support/visible-state.ts";
import { digestOf } from "../../src/keyspace/digest.ts";

/** By their prefixes: update-wins, delete-wins, delete-final. */
const KEYS = ["k1", "k2", "k3", "sess:1", "sess:2", "final:1", "final:2"];
const USERS = ["u1", "u2"];
const FIELDS = ["f", "g", "h"];
const BLOCKS = 5;
const SEEDS_PER_BLOCK = 60;
const STEPS = 70;

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** One random command, as a client could send it. */
function act(region: EngineRegion, random: Random): void {
  const key = pick(random, KEYS);
  try {
    actOn(key, region, random);
  } catch (error) {
    // What was deleted for good stays so (row R4), and has no copies.
    const cause = (error as { cause?: unknown }).cause;
    const isRefusal = cause instanceof FinalKeyError || cause instanceof FinalCopyError;
    if (!isRefusal && !(cause instanceof WrongTypeError)) throw error;
  }
}

/** Long enough to be kept outside V8's heap, in slots of several sizes. */
function wordOf(small: number): string {
  return `word${small}`.padEnd(60 + 20 * small, ".");
}

function actOn(key: string, region: EngineRegion, random: Random): void {
  const type = region.run((tx) => tx.typeOf(key));
  const small = random.below(100);
  const isList = type === "list" ? random.below(3) > 0 : type === null && random.below(4) === 0;
  if (isList) {
    actOnList(key, region, random);
    return;
  }
  const deadlineMs = random.below(3) === 0 ? region.clock.wallMs() + 1 + random.below(200) : 0;
  if (random.below(3) === 0) {
    actOnSorted(region, key, type, random);
    return;
  }
  switch (random.below(15)) {
    case 0:
    case 1:
      region.set(key, random.below(5) === 0 ? wordOf(small) : String(small), deadlineMs);
      return;
    case 2:
    case 3:
      if (type !== null && type !== "string") return;
      if (/^-?[0-9]*$/u.test(region.get(key) ?? "")) region.add(key, small - 50);
      return;
    case 4:
    case 5:
      if (type === null || type === "hash")
        region.hset(key, pick(random, FIELDS), String(small), pick(random, FIELDS), `v${small}`);
      return;
    case 6:
      if (type === null || type === "hash") {
        const field = pick(random, FIELDS);
        const text = region.hash(key)?.[field] ?? "0";
        if (/^-?[0-9]+$/u.test(text)) region.run((tx) => tx.hashes.add(key, field, small));
      }
      return;
    case 7:
      if (type === "hash") {
        const present = Object.keys(region.hash(key)!);
        region.hdel(key, pick(random, present));
      }
      return;
    case 8:
      region.del(key);
      return;
    case 9:
      region.expireIn(key, 1 + random.below(300));
      return;
    case 10:
      if (type !== null) region.persist(key);
      return;
    case 13:
      if (type === "hash") {
        const field = pick(random, Object.keys(region.hash(key)!));
        region.run((tx) => tx.hashes.setDeadline(key, [field], pick(random, [0, tx.nowMs + 1 + random.below(200)])));
      }
      return;
    case 11:
      region.run((tx) => tx.revocations.own(key, pick(random, USERS)));
      return;
    case 12:
      switch (random.below(8)) {
        case 0:
        case 1:
          region.run((tx) => tx.revocations.endUser(pick(random, USERS)));
          return;
        case 2:
          region.run((tx) => tx.revocations.end(key));
      }
      return;
    default:
      if (random.below(6) === 0) region.run((tx) => tx.flushAll());
      else if (type !== null) {
        region.run((tx) => {
          tx.copy(
            key,
            0,
            pick(
              random,
              KEYS.filter((other) => other !== key),
            ),
          );
          tx.delete(key);
        });
      }
  }
}

/** At an end or in the middle, one or several; keys that are lists, or will be. */
function actOnList(key: string, region: EngineRegion, random: Random): void {
  region.run((tx) => {
    const size = tx.lists.get(key)?.size ?? 0;
    const rank = random.below(size + 1);
    const values = Array.from({ length: 1 + random.below(3) }, () => `e${random.below(100)}`);
    switch (size === 0 ? random.below(2) : random.below(8)) {
      case 0:
        tx.lists.insert(key, 0, values);
        return;
      case 1:
        tx.lists.insert(key, size, values);
        return;
      case 2:
        tx.lists.insert(key, rank, values);
        return;
      case 3:
        tx.lists.set(key, random.below(size), values[0]!);
        return;
      case 4:
        tx.lists.rotate(key, random.below(size), pick(random, ["left", "right"] as const));
        return;
      case 5:
        tx.lists.remove(key, [{ from: 0, to: Math.min(size, 1 + random.below(3)) }]);
        return;
      case 6:
        tx.lists.remove(key, [{ from: random.below(size), to: size }]);
        return;
      default: {
        // What LTRIM and LREM remove: several spans at once.
        const at = random.below(size);
        tx.lists.remove(
          key,
          at + 2 < size
            ? [
                { from: at, to: at + 1 },
                { from: at + 2, to: size },
              ]
            : [{ from: at, to: size }],
        );
      }
    }
  });
}

/** Runs one random history; answers what went wrong, or null. */
async function runHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = new EngineWorld();
  const model = new ReferenceModel();
  const modelled = new Map<EngineRegion, number>();
  const compare = (region: EngineRegion, when: string): void => {
    for (const other of world.all) {
      const records = other.log.records;
      for (let index = modelled.get(other) ?? 0; index < records.length; index++) model.add(records[index]!);
      modelled.set(other, records.length);
    }
    const expected = model.stateAt(region.keyspace.vector(), region.clock.wallMs());
    expect(visibleState(region.keyspace, KEYS), `seed ${seed}, ${region.name}, ${when}`).toEqual(expected);
  };
  world.a.run((tx) => {
    tx.use(SYSTEM_DATABASE);
    tx.hashes.put(CLASSES_KEY, ["final:", encodeClassRule("delete-final", 60)]);
  });
  world.sync();
  for (let step = 0; step < STEPS; step++) {
    const region = pick(random, world.all);
    switch (random.below(8)) {
      case 0:
      case 1:
        world.send(
          pick(
            random,
            world.all.filter((other) => other !== region),
          ),
          region,
        );
        break;
      case 2:
        if (random.below(3) === 0) for (const one of world.all) one.clock.advance(random.below(120));
        else region.clock.advance(random.below(5));
        break;
      case 3:
        if (random.below(3) === 0) await world.settle();
        break;
      default:
        act(region, random);
        compare(region, `step ${step}`);
    }
  }
  // Clocks agree again before states are compared at one instant.
  const latest = Math.max(...world.all.map((region) => region.clock.wallMs()));
  for (const region of world.all) region.clock.jump(latest - region.clock.wallMs());
  world.sync();
  for (const region of world.all) compare(region, "converged");
  const digests = world.all.map((region) => region.digest(latest));
  expect(new Set(digests).size, `seed ${seed}: digests ${digests.join(" ")}`).toBe(1);
  await world.settle();
  await world.settle();
  for (const region of world.all) compare(region, "settled");
  expect(new Set(world.all.map((region) => region.digest(latest))).size, `seed ${seed}: settled digests`).toBe(1);
  for (const region of world.all) {
    const reopened = await openKeyspace({
      region: region.name,
      incarnation: `${region.name}#2-0000`,
      members: [],
      log: region.log,
      rows: region.rows,
      clock: region.clock,
      random,
      limits: { ...DEFAULT_KEYSPACE_LIMITS },
    });
    expect(digestOf(reopened, latest).digest, `seed ${seed}: ${region.name} reopened`).toBe(region.digest(latest));
  }
}

describe("random histories of three engines against the reference model", () => {
  for (let block = 0; block < BLOCKS; block++) {
    const first = block * SEEDS_PER_BLOCK + 1;
    const last = first + SEEDS_PER_BLOCK - 1;
    it(`agree at every step, converge, fold, purge and reopen equal (seeds ${first}–${last})`, async () => {
      for (let seed = first; seed <= last; seed++) await runHistory(seed);
    });
  }
});
