import { describe, expect, it } from "vitest";
import { seededRandom, type Random } from "../../src/base/random.ts";
import { formatStreamId, STREAM_ID_MAX, STREAM_ID_MIN, streamId, type StreamId } from "../../src/crdt/stream-id.ts";
import { digestOf } from "../../src/keyspace/digest.ts";
import { DEFAULT_KEYSPACE_LIMITS, type Keyspace } from "../../src/keyspace/keyspace.ts";
import { openKeyspace } from "../../src/keyspace/open-keyspace.ts";
import type { StreamView } from "../../src/keyspace/types/stream/stream-port.ts";
import { EngineWorld, type EngineRegion } from "../support/engine-world.ts";
import { StreamModel, type ModelStream } from "../support/reference/streams.ts";
import { StreamClient } from "../support/stream-client.ts";

const KEYS = ["s1", "s2"];
const GROUPS = ["g", "h"];
const CONSUMERS = ["c1", "c2"];
const SEEDS = Number(process.env["ANTIPODE_STREAM_SEEDS"] ?? 120);
const FIRST = Number(process.env["ANTIPODE_STREAM_FIRST"] ?? 1);
const STEPS = 80;

const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)]!;
const anId = (random: Random): StreamId => streamId(1 + random.below(12), random.below(2));

/** One random command, as a client could send it. */
function act(region: EngineRegion, random: Random): void {
  const key = pick(random, KEYS);
  const client = new StreamClient(region, key);
  const view = region.run((tx) => tx.streams.get(key));
  const group = pick(random, GROUPS);
  const consumer = pick(random, CONSUMERS);
  const there = view?.group(group) ?? null;
  switch (random.below(19)) {
    case 0:
    case 1:
    case 2: {
      const id = anId(random);
      if (id > (view?.lastId ?? STREAM_ID_MIN)) client.addAt(id, "f", String(random.below(100)));
      else client.add("*");
      return;
    }
    case 3:
      client.add("*");
      return;
    case 4:
      if (view !== null && view.size > 0) client.remove(pick(random, client.all()));
      return;
    case 5:
      if (view !== null && view.size > 2) client.trimBelow(view.idAt(1 + random.below(2))!);
      return;
    case 6:
      if (view !== null && random.below(3) === 0) {
        const added = Number(view.entriesAdded) + random.below(3);
        region.run((tx) => tx.streams.setId(key, view.topId ?? anId(random), added, view.maxDeletedId));
      }
      return;
    case 7:
    case 8:
    case 9:
      if (there === null) client.createGroup(group, pick(random, [STREAM_ID_MIN, view?.lastId ?? STREAM_ID_MIN]));
      return;
    case 10:
      if (there !== null && random.below(2) === 0) client.setGroup(group, anId(random));
      return;
    case 11:
      if (there !== null && random.below(4) === 0) client.destroyGroup(group);
      return;
    case 12:
    case 13:
      if (there !== null) client.read(group, consumer, 1 + random.below(3), random.below(4) === 0);
      return;
    case 14:
      if (there !== null) client.own(group, consumer);
      return;
    case 15:
      if (there !== null && there.pendingCount > 0) client.acknowledge(group, there.firstPending!);
      return;
    case 16:
      if (there !== null && there.consumer(consumer) !== null && random.below(2) === 0) {
        client.removeConsumer(group, consumer);
      }
      return;
    case 17:
      if (view !== null && random.below(2) === 0) region.expireIn(key, 1 + random.below(400));
      else if (view !== null) region.persist(key);
      return;
    default:
      moveOrDelete(region, key, random);
  }
}

function moveOrDelete(region: EngineRegion, key: string, random: Random): void {
  const roll = random.below(16);
  if (roll < 2) region.run((tx) => tx.flushAll());
  else if (roll < 7) region.del(key);
  else if (roll < 10 && region.run((tx) => tx.typeOf(key)) !== null) {
    region.run((tx) => {
      tx.copy(key, 0, key === "s1" ? "s2" : "s1");
      tx.delete(key);
    });
  }
}

function shown(keyspace: Keyspace, key: string): ModelStream | null {
  return keyspace.transact(0, (tx) => {
    const view = tx.streams.get(key);
    return view === null ? null : shownStream(view, tx.deadlineOf(key)!);
  }).value;
}

function shownStream(view: StreamView, deadlineMs: number): ModelStream {
  return {
    deadlineMs,
    lastId: formatStreamId(view.lastId),
    added: Number(view.entriesAdded),
    entries: Array.from(view.range(STREAM_ID_MIN, STREAM_ID_MAX), ([id, fields]) => [formatStreamId(id), ...fields]),
    groups: view.groups().map((group) => ({
      name: group.name,
      last: formatStreamId(group.lastDelivered),
      entriesRead: group.entriesRead === null ? null : Number(group.entriesRead),
      consumers: group.consumers().map(({ name }) => name),
      pending: Array.from(group.pendingIds(STREAM_ID_MIN, STREAM_ID_MAX), (id) => {
        const { consumer, deliveredMs, count } = group.delivery(id)!;
        return [formatStreamId(id), consumer, deliveredMs, count] as const;
      }),
    })),
  };
}

async function reopen(region: EngineRegion, members: readonly string[]): Promise<Keyspace> {
  return openKeyspace({
    region: region.name,
    incarnation: `${region.name}#2-0000`,
    members,
    log: region.log,
    rows: region.rows,
    clock: region.clock,
    random: seededRandom(1),
    limits: { ...DEFAULT_KEYSPACE_LIMITS },
  });
}

async function runHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = new EngineWorld();
  const model = new StreamModel();
  const modelled = new Map<EngineRegion, number>();
  const compare = (region: EngineRegion, when: string): void => {
    for (const other of world.all) {
      const { records } = other.log;
      for (let index = modelled.get(other) ?? 0; index < records.length; index++) model.add(records[index]!);
      modelled.set(other, records.length);
    }
    for (const key of KEYS) {
      const expected = model.streamAt(key, region.keyspace.vector(), region.clock.wallMs());
      expect(shown(region.keyspace, key), `seed ${seed}, ${region.name}, ${key}, ${when}`).toEqual(expected);
    }
  };
  for (let step = 0; step < STEPS; step++) {
    const region = pick(random, world.all);
    const roll = random.below(8);
    const others = world.all.filter((other) => other !== region);
    if (roll < 2) world.send(pick(random, others), region);
    else if (roll === 2) {
      if (random.below(3) === 0) world.advance(random.below(120));
      else region.clock.advance(random.below(5));
    } else if (roll === 3) {
      if (random.below(4) === 0) await world.settle();
    } else {
      act(region, random);
      compare(region, `step ${step}`);
    }
  }
  const latest = Math.max(...world.all.map((region) => region.clock.wallMs()));
  for (const region of world.all) region.clock.jump(latest - region.clock.wallMs());
  world.sync();
  for (const region of world.all) compare(region, "converged");
  const digests = (): Set<string> => new Set(world.all.map((region) => region.digest(latest)));
  expect(digests().size, `seed ${seed}: digests`).toBe(1);
  await world.settle();
  await world.settle();
  for (const region of world.all) compare(region, "settled");
  expect(digests().size, `seed ${seed}: settled digests`).toBe(1);
  for (const region of world.all) {
    const reopened = await reopen(region, []);
    expect(digestOf(reopened, latest).digest, `seed ${seed}: ${region.name} reopened`).toBe(region.digest(latest));
  }
}

/**
 * Readers of one group in three regions while entries are added everywhere, and batches come late. In the end any one region that is
 * left, though it has to start again, gives out whatever nobody was given yet; and no region has given out anything twice.
 */
async function runReaders(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = new EngineWorld();
  const members = world.all.map(({ name }) => name);
  const clients = world.all.map((region) => new StreamClient(region));
  const added = new Set<string>();
  const beginnings = random.below(3);
  clients[0]!.createGroup("g", STREAM_ID_MIN);
  if (beginnings === 0) world.sync();
  else {
    for (let index = 0; index < 3; index++) added.add(formatStreamId(clients[1]!.add("*")));
    clients[1]!.createGroup("g", beginnings === 1 ? STREAM_ID_MIN : clients[1]!.all().at(-1)!);
  }
  const given = world.all.map(() => [] as string[]);
  for (let step = 0; step < 120; step++) {
    const at = random.below(3);
    const client = clients[at]!;
    const roll = random.below(10);
    if (roll < 4) added.add(formatStreamId(client.add("*")));
    else if (roll < 6) {
      given[at]!.push(...client.read("g", `c${at}`, 1 + random.below(4), random.below(3) === 0));
    } else if (roll < 9) {
      const others = world.all.filter((other) => other !== world.all[at]);
      world.send(pick(random, others), world.all[at]!);
    } else await world.all[at]!.housekeeping.flush();
  }
  world.sync();
  for (const [at, region] of world.all.entries()) {
    const reopened = await reopen(region, members);
    const left = new StreamClient({ run: (body) => reopened.transact(0, body).value }).read("g", "c9");
    const all = new Set([...given.flat(), ...left]);
    // A group with two beginnings owes each of its regions what that one's beginning asks for.
    if (beginnings < 2 || at === 0) {
      expect(
        [...added].filter((id) => !all.has(id)),
        `seed ${seed}: ${region.name} gives to nobody`,
      ).toEqual([]);
    }
    const own = [...given[at]!, ...left];
    expect(new Set(own).size, `seed ${seed}: ${region.name} gives twice`).toBe(own.length);
  }
}

describe("random histories of streams in three engines", () => {
  it("T1-T4, T6: agree with the model at every step, converge, settle and reopen equal", async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await runHistory(seed);
  });

  it("T4, T5: whatever the order, what was given to nobody is given out by whoever is left, and by no region twice", async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await runReaders(seed);
  });
});
