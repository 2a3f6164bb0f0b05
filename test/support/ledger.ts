import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";

type Fate = "acknowledged" | "unknown" | "refused";

/** Replies that say for certain that nothing was written. */
const REFUSALS = /^(?:ERR the disk nears|NOREPLICAS|MISCONF|LOADING|MASTERDOWN|READONLY|OOM)/u;
/** Of so many writes in a row one is of each other kind, the rest are strings. */
const ROUND = 20;
/** Between two writes of one writer: what is wanted is a record, not a record rate. */
const PAUSE_MS = 5;

/**
 * What clients wrote, each write with an id of its own, and what they were told of it: the record that faults are judged by.
 *
 * Of what was acknowledged all must be there, of what was refused nothing, of what nobody knows anything; a counter is exact within
 * [acknowledged, acknowledged + unknown]; both writes of a transaction are there or neither; nothing is there twice, or that nobody wrote.
 */
export class Ledger {
  readonly #fates = new Map<string, Fate>();
  readonly #name: string;
  #next = 0;
  /** What the last refused write was told. */
  lastRefusal: string | null = null;

  /** `name`: no other ledger of the same database has it. */
  constructor(name: string) {
    this.#name = name;
  }

  count(fate: Fate): number {
    let count = 0;
    for (const one of this.#fates.values()) if (one === fate) count++;
    return count;
  }

  /** Writes with `writers` at once until `isOver`, or until the connection ends. */
  async load(client: Redis, writers: number, isOver: () => boolean, valueBytes = 100): Promise<void> {
    await Promise.all(
      Array.from({ length: writers }, async () => {
        while (!isOver() && client.status !== "end") {
          await this.writeOnce(client, valueBytes);
          await sleep(PAUSE_MS);
        }
      }),
    );
  }

  /** One write of a kind by turns. Answers what became of it. */
  async writeOnce(client: Redis, valueBytes = 100): Promise<Fate> {
    const id = `${this.#name}-${this.#next++}`;
    this.#fates.set(id, "unknown");
    const fate = await this.#send(client, id, valueBytes).then(
      () => "acknowledged" as const,
      (error: unknown) => {
        const { message } = error as Error;
        if (!REFUSALS.test(message)) return "unknown" as const;
        this.lastRefusal = message;
        return "refused" as const;
      },
    );
    this.#fates.set(id, fate);
    return fate;
  }

  /** Compares with what a region shows; answers what is wrong, in words. */
  async faults(client: Redis): Promise<readonly string[]> {
    const faults: string[] = [];
    const [set, list, hash] = await Promise.all([
      client.smembers(`${this.#name}:set`),
      client.lrange(`${this.#name}:list`, 0, -1),
      client.hgetall(`${this.#name}:hash`),
    ]);
    const members = new Set(set);
    const items = new Set(list);
    if (items.size !== list.length) faults.push(`the list has ${list.length - items.size} items twice`);
    const ids = [...this.#fates.keys()];
    const strings = await presence(
      client,
      ids.filter((id) => kindOf(id) === "string"),
      "",
    );
    const pairs = ids.filter((id) => kindOf(id) === "pair");
    const [left, right] = [await presence(client, pairs, ":left"), await presence(client, pairs, ":right")];
    for (const id of pairs) if (left.has(id) !== right.has(id)) faults.push(`${id} is there by half`);
    const counted = { acknowledged: 0, unknown: 0, refused: 0 };
    for (const [id, fate] of this.#fates) {
      const kind = kindOf(id);
      if (kind === "counter") {
        counted[fate]++;
        continue;
      }
      const isThere = {
        string: () => strings.has(id),
        set: () => members.delete(id),
        list: () => items.delete(id),
        hash: () => hash[id] === id,
        pair: () => left.has(id),
      }[kind]();
      if (fate === "acknowledged" && !isThere) faults.push(`${id} (${kind}) was acknowledged and is lost`);
      if (fate === "refused" && isThere) faults.push(`${id} (${kind}) was refused and is there`);
    }
    for (const one of [...members, ...items]) faults.push(`${one} is there and was never sent`);
    const counter = Number((await client.get(`${this.#name}:counter`)) ?? 0);
    if (counter < counted.acknowledged || counter > counted.acknowledged + counted.unknown) {
      faults.push(`the counter is ${counter}: ${counted.acknowledged} acknowledged, ${counted.unknown} unknown`);
    }
    return faults;
  }

  #send(client: Redis, id: string, valueBytes: number): Promise<unknown> {
    switch (kindOf(id)) {
      case "counter":
        return client.incr(`${this.#name}:counter`);
      case "set":
        return client.sadd(`${this.#name}:set`, id);
      case "list":
        return client.rpush(`${this.#name}:list`, id);
      case "hash":
        return client.hset(`${this.#name}:hash`, id, id);
      case "pair":
        return client.eval(
          "redis.call('set', KEYS[1], 1); return redis.call('set', KEYS[2], 1)",
          2,
          `${id}:left`,
          `${id}:right`,
        );
      case "string":
        return client.set(id, id.padEnd(valueBytes, "."));
    }
  }
}

/** Those of which `id + part` is there. */
async function presence(client: Redis, ids: readonly string[], part: string): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  for (let from = 0; from < ids.length; from += 500) {
    const asked = ids.slice(from, from + 500);
    const values = await client.mget(asked.map((id) => `${id}${part}`));
    for (const [index, id] of asked.entries()) if (values[index] !== null) there.add(id);
  }
  return there;
}

type Kind = "string" | "counter" | "set" | "list" | "hash" | "pair";

function kindOf(id: string): Kind {
  const kinds: readonly Kind[] = ["counter", "set", "list", "hash", "pair"];
  return kinds[Number(id.slice(id.lastIndexOf("-") + 1)) % ROUND] ?? "string";
}
