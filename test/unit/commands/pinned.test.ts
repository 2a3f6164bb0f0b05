import { describe, expect, it } from "vitest";
import type { PeerAnswer } from "../../../src/commands/pinned/homes.ts";
import { decodeForwarded, encodeForwarded } from "../../../src/commands/pinned/forwarded-call.ts";
import { homeOf } from "../../../src/commands/pinned/home-name.ts";
import type { NodeFacts } from "../../../src/commands/server-context.ts";
import type { ClientSession } from "../../../src/commands/client-session.ts";
import { PeerDoor } from "../../../src/server/peers/peer-door.ts";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld, plain, type Plain } from "./command-world.ts";

type Fault = "cut" | "lost-answer" | "deaf" | null;

/** Three regions with dispatchers, and calls between them that arrive at once. */
class PinnedWorld {
  readonly engines = new EngineWorld();
  readonly worlds = new Map<string, CommandWorld>();
  readonly doors = new Map<string, PeerDoor>();
  /** By `from>to`. */
  readonly faults = new Map<string, Fault>();

  constructor() {
    for (const engine of this.engines.all) {
      const own = engine.name;
      const others = this.engines.all.map(({ name }) => name).filter((name) => name !== own);
      const world = new CommandWorld(
        {
          facts: () => ({ region: own }) as NodeFacts,
          peers: {
            linked: () => others.filter((name) => this.#fault(own, name) !== "cut"),
            answeringSince: (sinceMs) => others.filter((name) => this.#answeredMs(own, name) >= sinceMs),
            silentLinkMs: 10_000,
            call: (region, body, called) => this.#call(own, region, body, called),
          },
        },
        engine,
      );
      this.worlds.set(own, world);
      let ids = 1000;
      this.doors.set(
        own,
        new PeerDoor({
          executor: world.dispatcher,
          nextClientId: () => ++ids,
          clock: engine.clock,
        }),
      );
    }
  }

  /** The reply, at once or later. */
  async run(region: string, words: string | readonly string[], session?: ClientSession): Promise<Plain> {
    const world = this.worlds.get(region)!;
    const outcome = world.outcome(words, session ?? world.first);
    return plain((outcome.kind === "done" ? outcome : await outcome.done).reply);
  }

  cut(region: string): void {
    for (const { name } of this.engines.all) {
      if (name === region) continue;
      this.faults.set(`${name}>${region}`, "cut");
      this.faults.set(`${region}>${name}`, "cut");
    }
  }

  heal(): void {
    this.faults.clear();
  }

  /** The home's clients and those of others hear of it once the log goes on. */
  async runStalled(region: string, words: string | readonly string[], home: string, meanwhile: () => void) {
    const engine = this.engines.all.find(({ name }) => name === home)!;
    engine.log.stall();
    const reply = this.#release(region, words);
    await turn();
    meanwhile();
    engine.log.goOn();
    return reply;
  }

  /** As a door does. */
  async #release(region: string, words: string | readonly string[]): Promise<Plain> {
    const { dispatcher, first } = this.worlds.get(region)!;
    const outcome = dispatcher.execute(first, typeof words === "string" ? words.split(" ") : words);
    const done = outcome.kind === "done" ? outcome : await outcome.done;
    if (done.lsn <= dispatcher.durableLsn) return plain(done.reply);
    await new Promise<void>((resolve) => {
      dispatcher.onDurable(() => done.lsn <= dispatcher.durableLsn && resolve());
    });
    return plain(done.recheck?.() ?? done.reply);
  }

  /** When a question was asked that has been answered: now, while there is no fault. */
  #answeredMs(own: string, other: string): number {
    const fault = this.#fault(own, other);
    if (fault === "cut") return Number.NEGATIVE_INFINITY;
    return fault === "deaf" ? 0 : this.worlds.get(own)!.engine.clock.monotonicMs();
  }

  #fault(from: string, to: string): Fault {
    return this.faults.get(`${from}>${to}`) ?? null;
  }

  #call(from: string, to: string, body: string, called: (answer: PeerAnswer) => void): void {
    const fault = this.#fault(from, to);
    if (fault === "cut") {
      queueMicrotask(() => called({ kind: "unreachable" }));
      return;
    }
    this.doors
      .get(to)!
      .call(from, body, (answer) =>
        queueMicrotask(() =>
          called(fault === "lost-answer" ? { kind: "unknown" } : { kind: "answered", body: answer }),
        ),
      );
  }
}

const KEY = "{home:b}lock";
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("pinned keys", () => {
  it("N1: the tag names the home, as a hash tag of Redis Cluster", () => {
    const keys = ["{home:eu-west}x", "x{home:b}y", "{a}{home:b}", "{home:}x", "home:b", "{home:b", "{}{home:b}"];
    expect(keys.map(homeOf)).toEqual(["eu-west", "b", null, null, null, null, null]);
  });

  it("N1: every region runs commands on a pinned key in its home, and sees at once what another has written", async () => {
    const world = new PinnedWorld();
    expect(await world.run("a", `set ${KEY} 1`)).toBe("+OK");
    // Nothing has been replicated: all of them ask b.
    expect(await world.run("c", `get ${KEY}`)).toBe("1");
    expect(await world.run("c", `incr ${KEY}`)).toBe(2);
    expect(await world.run("b", `get ${KEY}`)).toBe("2");
    expect(world.engines.a.get(KEY)).toBeNull();
  });

  it("N1: of many who lock in all regions at once, one does", async () => {
    const world = new PinnedWorld();
    const tries = await Promise.all(
      ["a", "b", "c", "a", "b", "c"].map((region, index) => world.run(region, `set ${KEY} owner-${index} NX PX 1000`)),
    );
    expect(tries.filter((reply) => reply === "+OK")).toHaveLength(1);
  });

  it("N1: transactions and scripts go there as one", async () => {
    const world = new PinnedWorld();
    await world.run("a", "multi");
    await world.run("a", `set ${KEY} x`);
    await world.run("a", `append ${KEY} y`);
    expect(await world.run("a", "exec")).toEqual(["+OK", 2]);
    const script = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])";
    expect(await world.run("c", ["eval", script, "1", KEY, "z"])).toBe("z");
    expect(await world.run("a", `get ${KEY}`)).toBe("z");
  });

  it("N1: replies come back as they are, errors, nulls and maps too", async () => {
    const world = new PinnedWorld();
    await world.run("a", `set ${KEY} word`);
    expect(await world.run("a", `incr ${KEY}`)).toBe("-ERR value is not an integer or out of range");
    expect(await world.run("a", "get {home:b}none")).toBeNull();
    await world.run("a", "hset {home:b}h f v");
    expect(await world.run("a", "hgetall {home:b}h")).toEqual(["f", "v"]);
    const world3 = world.worlds.get("a")!.connect();
    world3.protocol = 3;
    expect(await world.run("a", "hgetall {home:b}h", world3)).toEqual({ map: [["f", "v"]] });
  });

  it("N2: keys of two homes, or pinned and not, are not for one command", async () => {
    const world = new PinnedWorld();
    const refusal = "-CROSSHOME keys of one command must all have the same home, or none";
    expect(await world.run("a", `mget ${KEY} {home:a}k`)).toBe(refusal);
    expect(await world.run("a", `rename ${KEY} k`)).toBe(refusal);
    expect(await world.run("a", "get {home:mars}k")).toMatch(/^-ERR no region is called 'mars'/u);
    expect(await world.run("a", `watch ${KEY}`)).toMatch(/^-ERR a pinned key is watched in its home/u);
    expect(await world.run("a", `blpop ${KEY} 1`)).toMatch(/^-ERR a blocking command on a pinned key/u);
    const script = `return redis.call('GET', '${KEY}')`;
    expect(await world.run("a", ["eval", script, "0"])).toContain("a script touches a pinned key of another region");
  });

  it("N2: a home that cannot be reached is an error, and never a second owner", async () => {
    const world = new PinnedWorld();
    await world.run("a", `set ${KEY} 1`);
    world.cut("b");
    expect(await world.run("a", `set ${KEY} 2`)).toBe("-HOMEDOWN the home region of this key cannot be reached");
    expect(await world.run("b", `get ${KEY}`)).toMatch(/^-HOMEDOWN the home region reaches 1 of 3 members/u);
    world.heal();
    expect(await world.run("a", `get ${KEY}`)).toBe("1");
    world.faults.set("a>b", "lost-answer");
    expect(await world.run("a", `incr ${KEY}`)).toMatch(/^-UNKNOWN the home region did not answer/u);
    expect(await world.run("a", `get ${KEY}`)).toBe("-HOMEDOWN the home region of this key cannot be reached");
  });

  it("N1: what waited for the disk is told only while the home is sure to be it", async () => {
    const script = "return redis.call('SET', KEYS[1], '1')";
    const undeclared = `return redis.call('SET', '${KEY}', '1')`;
    const calls: readonly (readonly [string, string | readonly string[]])[] = [
      ["b", `set ${KEY} 1`],
      ["a", `set ${KEY} 1`],
      ["b", ["eval", script, "1", KEY]],
      ["a", ["eval", script, "1", KEY]],
      ["b", ["eval", undeclared, "0"]],
      ["b", `antipode fence ${KEY}`],
    ];
    for (const [region, words] of calls) {
      const world = new PinnedWorld();
      const sure = await world.runStalled(region, words, "b", () => {});
      expect(["+OK", 1], String(words)).toContain(sure);
      const lost = await world.runStalled(region, words, "b", () => {
        world.cut("b");
      });
      expect(lost, String(words)).toMatch(/^-UNKNOWN the region could not tell any more/u);
    }
    const world = new PinnedWorld();
    // Keys that are not pinned are of no concern to it, in the home neither.
    for (const words of ["set plain 1", ["eval", "return redis.call('SET', KEYS[1], '1')", "1", "plain"]]) {
      expect(await world.runStalled("b", words, "b", () => world.cut("b"))).toBe("+OK");
      world.heal();
    }
    await world.run("b", "multi");
    await world.run("b", `incr ${KEY}`);
    expect(await world.runStalled("b", "exec", "b", () => world.cut("b"))).toMatch(/^-UNKNOWN/u);
  });

  it("N3: who waits for the disk in a home that is given away is told what was done: its successor has that", async () => {
    const world = new PinnedWorld();
    const reply = await world.runStalled("b", `set ${KEY} 1`, "b", () => {
      void world.run("b", "antipode movehome b c");
    });
    expect(reply).toBe("+OK");
    world.engines.sync();
    expect(await world.run("a", `get ${KEY}`)).toBe("1");
  });

  it("N2: after a suspended machine goes on, answers from before say nothing, whatever the monotonic clock says", async () => {
    const world = new PinnedWorld();
    const { clock } = world.engines.b;
    clock.advance(1_000);
    expect(await world.run("b", `set ${KEY} 1`)).toBe("+OK");
    for (const name of ["a", "c"]) world.faults.set(`b>${name}`, "deaf");
    clock.advance(5_000);
    expect(await world.run("b", `get ${KEY}`)).toBe("1");
    clock.jump(1_000);
    expect(await world.run("b", `get ${KEY}`)).toBe("1");
    clock.jump(60_000);
    expect(await world.run("b", `get ${KEY}`)).toMatch(/^-HOMEDOWN/u);
    clock.jump(-60_000);
    expect(await world.run("b", `get ${KEY}`)).toMatch(/^-HOMEDOWN/u);
    world.heal();
    expect(await world.run("b", `get ${KEY}`)).toBe("1");
  });

  it("N2: who waits, or watches, in a home without a majority is told that", async () => {
    const world = new PinnedWorld();
    const [waiting, watching] = [world.worlds.get("b")!.connect(), world.worlds.get("b")!.connect()];
    const popped = world.run("b", "blpop {home:b}list 0", waiting);
    await world.run("b", `watch ${KEY}`, watching);
    await world.run("b", "multi", watching);
    await world.run("b", `set ${KEY} 1`, watching);
    world.cut("b");
    const alone = /the home region reaches 1 of 3 members/u;
    expect(await world.run("b", "exec", watching)).toMatch(alone);
    world.engines.b.run((tx) => tx.lists.insert("{home:b}list", 0, ["x"]));
    expect(await popped).toMatch(alone);
    world.heal();
    expect(await world.run("b", `get ${KEY}`, watching)).toBeNull();
  });

  it("N3: a home moves with its old region's word; the new one serves once it has all of it", async () => {
    const world = new PinnedWorld();
    await world.run("a", `set ${KEY} 1`);
    expect(await world.run("a", "antipode movehome b c")).toBe("-ERR home 'b' is moved by region b: ask there");
    expect(await world.run("b", "antipode movehome b mars")).toMatch(/^-ERR no other member/u);
    expect(await world.run("b", "antipode movehome b c")).toBe("+OK");
    // c does not know yet: b sends its clients there, and they wait.
    const waiting = world.run("b", `incr ${KEY}`);
    world.engines.sync();
    for (let turn = 0; turn < 3; turn++) {
      await Promise.resolve();
      world.worlds.get("b")!.advance(50);
    }
    expect(await waiting).toBe(2);
    expect(world.engines.c.get(KEY)).toBe("2");
    expect(await world.run("a", "antipode home b")).toEqual({
      map: [
        ["region", "c"],
        ["epoch", 1],
        ["state", "there"],
      ],
    });
  });

  it("N1: who waits, or watches, in a home that moves away does not act there any more", async () => {
    const world = new PinnedWorld();
    const [waiting, watching] = [world.worlds.get("b")!.connect(), world.worlds.get("b")!.connect()];
    await world.run("b", `set ${KEY} 1`);
    const popped = world.run("b", "blpop {home:b}list 0", waiting);
    await world.run("b", `watch ${KEY}`, watching);
    await world.run("b", "multi", watching);
    await world.run("b", `set ${KEY} stale`, watching);
    await world.run("b", "antipode movehome b c");
    world.engines.sync();
    // Neither change has reached b when it could act on the keys.
    await world.run("c", `set ${KEY} 2`);
    expect(await world.run("b", "exec", watching)).toBe("null-array");
    expect(await world.run("c", `get ${KEY}`)).toBe("2");
    await world.run("c", "rpush {home:b}list x");
    world.engines.sync();
    expect(await popped).toMatch(/^-ERR a blocking command on a pinned key/u);
    expect(await world.run("c", "lpop {home:b}list")).toBe("x");
  });

  it("N4: fencing tokens rise through deletes, restarts of counting and moves", async () => {
    const world = new PinnedWorld();
    const tokens: number[] = [];
    const take = async (region: string): Promise<void> => {
      tokens.push((await world.run(region, `antipode fence ${KEY}`)) as number);
    };
    await take("a");
    await take("c");
    await world.run("b", "flushall");
    await take("b");
    await world.run("b", "antipode movehome b c");
    world.engines.sync();
    await take("a");
    await take("a");
    await world.run("c", "antipode movehome b b");
    world.engines.sync();
    await take("b");
    expect(tokens).toEqual([1, 2, 3, 2 ** 32 + 1, 2 ** 32 + 2, 2 * 2 ** 32 + 1]);
    expect(await world.run("a", "antipode fence plain")).toMatch(/^-ERR the key is not pinned/u);
  });

  it("N5: a lock on a key that is not pinned is allowed, or refused by setting", async () => {
    const world = new PinnedWorld();
    expect(await world.run("a", "set lock 1 NX PX 1000")).toBe("+OK");
    await world.run("a", "config set unpinned-locks warn");
    expect(await world.run("a", "set lock2 1 NX PX 1000")).toBe("+OK");
    await world.run("a", "config set unpinned-locks refuse");
    expect(await world.run("a", "set lock3 1 NX PX 1000")).toMatch(/^-ERR SET NX with a deadline/u);
    expect(await world.run("a", `set ${KEY} 1 NX PX 1000`)).toBe("+OK");
  });

  it("rights are checked where the client is, and in scripts again at home", async () => {
    const world = new PinnedWorld();
    await world.run("a", "acl setuser u on nopass ~{home:b}* +get +eval -set");
    world.engines.sync();
    const session = world.worlds.get("a")!.connect();
    await world.run("a", "auth u x", session);
    expect(await world.run("a", `set ${KEY} 1`, session)).toMatch(/^-NOPERM/u);
    expect(await world.run("a", `get ${KEY}`, session)).toBeNull();
    const script = "return redis.call('SET', KEYS[1], '1')";
    expect(await world.run("a", ["eval", script, "1", KEY], session)).toMatch(/permission/u);
  });

  it("a forwarded call is read as it was written, and nonsense is none", () => {
    const call = {
      door: "rest",
      rights: "user:u",
      protocol: 2,
      db: 3,
      isAtomic: true,
      commands: [
        ["SET", "k", "\xff\r\n"],
        ["GET", "k"],
      ],
    } as const;
    expect(decodeForwarded(encodeForwarded(call))).toEqual(call);
    for (const body of ["", "*1\r\n$1\r\nx\r\n", "+OK\r\n", "*7\r\n", encodeForwarded({ ...call, commands: [] })]) {
      expect(decodeForwarded(body)).toBeNull();
    }
  });
});
