import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { Ledger } from "../../support/ledger.ts";
import { CommandWorld } from "../commands/command-world.ts";

/** A client of one region in this process, whose answers can be falsified. */
class FakeClient {
  readonly world = new CommandWorld();
  failure: string | null = null;
  /** Fails, and does it all the same. */
  doesIt = true;

  #run(words: readonly string[]): Promise<unknown> {
    const reply = this.failure === null || this.doesIt ? this.world.run(words) : null;
    return this.failure === null ? Promise.resolve(reply) : Promise.reject(new Error(this.failure));
  }
  readonly get = (key: string): Promise<unknown> => this.#run(["get", key]);
  readonly set = (key: string, value: string): Promise<unknown> => this.#run(["set", key, value]);
  readonly incr = (key: string): Promise<unknown> => this.#run(["incr", key]);
  readonly sadd = (key: string, member: string): Promise<unknown> => this.#run(["sadd", key, member]);
  readonly rpush = (key: string, item: string): Promise<unknown> => this.#run(["rpush", key, item]);
  readonly hset = (key: string, field: string, value: string): Promise<unknown> =>
    this.#run(["hset", key, field, value]);
  readonly eval = (script: string, count: number, ...keys: string[]): Promise<unknown> =>
    this.#run(["eval", script, String(count), ...keys]);
  readonly smembers = (key: string): Promise<unknown> => this.#run(["sort", key, "alpha"]);
  readonly lrange = (key: string): Promise<unknown> => this.#run(["lrange", key, "0", "-1"]);
  readonly mget = (keys: readonly string[]): Promise<unknown> => this.#run(["mget", ...keys]);
  /** Every field of its hash has its own name as its value. */
  readonly hgetall = async (key: string): Promise<Record<string, string>> => {
    const fields = (await this.#run(["hkeys", key])) as string[];
    return Object.fromEntries(fields.map((field) => [field, field]));
  };

  get client(): Redis {
    return this as unknown as Redis;
  }
}

async function written(): Promise<{ readonly fake: FakeClient; readonly ledger: Ledger }> {
  const fake = new FakeClient();
  const ledger = new Ledger("l");
  for (let index = 0; index < 40; index++) await ledger.writeOnce(fake.client);
  return { fake, ledger };
}

describe("the record that faults are judged by", () => {
  it("finds nothing where all is there", async () => {
    const { fake, ledger } = await written();
    expect(ledger.count("acknowledged")).toBe(40);
    expect(await ledger.faults(fake.client)).toEqual([]);
  });

  it.each([
    ["a lost string", "del l-6", "l-6 (string) was acknowledged and is lost"],
    ["a lost member", "srem l:set l-1", "l-1 (set) was acknowledged and is lost"],
    ["a lost item", "lrem l:list 0 l-2", "l-2 (list) was acknowledged and is lost"],
    ["a lost field", "hdel l:hash l-3", "l-3 (hash) was acknowledged and is lost"],
    ["half a transaction", "del l-4:right", "l-4 is there by half"],
    ["an item twice", "rpush l:list l-2", "the list has 1 items twice"],
    ["something nobody wrote", "sadd l:set l-999", "l-999 is there and was never sent"],
    ["a count too many", "incr l:counter", "the counter is 3: 2 acknowledged, 0 unknown"],
    ["a count too few", "decr l:counter", "the counter is 1: 2 acknowledged, 0 unknown"],
  ])("finds %s", async (_name, command, fault) => {
    const { fake, ledger } = await written();
    fake.world.run(command);
    expect(await ledger.faults(fake.client)).toEqual([fault]);
  });

  it("what nobody knows may be there or not; what was refused may not", async () => {
    for (const doesIt of [true, false]) {
      const { fake, ledger } = await written();
      Object.assign(fake, { failure: "Connection is closed.", doesIt });
      for (let index = 0; index < 40; index++) expect(await ledger.writeOnce(fake.client)).toBe("unknown");
      fake.failure = null;
      expect(await ledger.faults(fake.client)).toEqual([]);
    }
    const { fake, ledger } = await written();
    fake.failure = "ERR the disk nears its end, writes are refused";
    for (let index = 0; index < 8; index++) expect(await ledger.writeOnce(fake.client)).toBe("refused");
    fake.failure = null;
    expect(await ledger.faults(fake.client)).toContain("l-46 (string) was refused and is there");
  });
});
