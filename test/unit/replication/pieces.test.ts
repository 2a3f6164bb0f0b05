import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { peekBatch } from "../../../src/crdt/batch-codec.ts";
import { namedIncludes, type NamedVector } from "../../../src/crdt/version-vector.ts";
import type { Received } from "../../../src/keyspace/replica-port.ts";
import { HoldBuffer } from "../../../src/replication/hold-buffer.ts";
import { Progress } from "../../../src/replication/progress.ts";
import { chooseProviders, type Candidate, type Choice } from "../../../src/replication/provider-choice.ts";
import { Suspensions } from "../../../src/replication/suspensions.ts";
import { BROKEN, batchBytes, FakeReplica } from "./fake-replica.ts";

const A = "a#1-0000";
const C = "c#1-0000";

describe("choice of a provider", () => {
  const limits = { settleMs: 1_000, providerPatienceMs: 1_000 };
  const peer = (name: string, has: NamedVector | null, rttMs = 10, openSinceMs = 0): Candidate => ({
    peer: name,
    has,
    rttMs,
    openSinceMs,
    isSilent: false,
    lacksLogOf: () => false,
  });
  /** Of region c, over time: what was chosen before is remembered. */
  const chooser = (applied = 0): ((nowMs: number, ...candidates: Candidate[]) => string | undefined) => {
    let present: ReadonlyMap<string, Choice> = new Map();
    return (nowMs, ...candidates) => {
      present = chooseProviders(["c"], { candidates, present, applied: () => applied, nowMs, limits });
      return present.get("c")?.peer;
    };
  };

  it("CH1: a region itself, however little it has said", () => {
    expect(chooser()(0, peer("a", { [C]: 9 }, 1), peer("c", null, 500))).toBe("c");
  });

  it("CH1: it takes over from a relay once its link has settled, and the relay serves again when it is gone", () => {
    const choose = chooser();
    expect(choose(0, peer("a", { [C]: 5 }))).toBe("a");
    expect(choose(100, peer("a", { [C]: 5 }), peer("c", null, 1, 100))).toBe("a");
    expect(choose(1_099, peer("a", { [C]: 5 }), peer("c", null, 1, 100))).toBe("a");
    expect(choose(1_100, peer("a", { [C]: 5 }), peer("c", null, 1, 100))).toBe("c");
    expect(choose(1_200, peer("a", { [C]: 5 }))).toBe("a");
  });

  it("CH1: a link that comes and goes every half second takes nothing to and fro", () => {
    const choose = chooser();
    const chosen = new Set<string | undefined>();
    choose(0, peer("a", { [C]: 5 }));
    for (let nowMs = 500; nowMs < 20_000; nowMs += 500) {
      const flapping = (nowMs / 500) % 2 === 0 ? [peer("c", null, 1, nowMs)] : [];
      chosen.add(choose(nowMs, peer("a", { [C]: 5 }), ...flapping));
    }
    expect([...chosen]).toEqual(["a"]);
  });

  it("CH2: else the one that has most of what we lack, the nearest of equals; none without a word", () => {
    expect(chooser()(0, peer("a", { [C]: 5 }), peer("b", { [C]: 9 }, 300))).toBe("b");
    expect(chooser()(0, peer("a", { [C]: 9 }, 40), peer("b", { [C]: 9 }, 20))).toBe("b");
    // What we have already counts for nothing.
    expect(chooser(9)(0, peer("a", { [C]: 9 }, 40), peer("b", { [C]: 3 }, 20))).toBe("b");
    // All incarnations count.
    expect(chooser()(0, peer("a", { [C]: 5, "c#2-0000": 5 }), peer("b", { [C]: 9 }))).toBe("a");
    expect(chooser()(0, peer("a", null))).toBeUndefined();
    expect(chooser()(0)).toBeUndefined();
  });

  it("CH6: not from one that has fallen silent while another speaks; from it all the same where none does", () => {
    const choose = chooser();
    const silent = (candidate: Candidate): Candidate => ({ ...candidate, isSilent: true });
    expect(choose(0, peer("a", { [C]: 5 }), peer("c", { [C]: 5 }))).toBe("c");
    expect(choose(10, silent(peer("a", { [C]: 5 })), silent(peer("c", { [C]: 5 })))).toBe("c");
    expect(choose(20, peer("a", { [C]: 5 }), silent(peer("c", { [C]: 5 })))).toBe("a");
    expect(choose(30, peer("b", null), silent(peer("a", { [C]: 5 })), silent(peer("c", null))), "no word yet").toBe(
      "a",
    );
    expect(choose(5_000, peer("a", { [C]: 5 }), peer("c", { [C]: 5 }))).toBe("c");
  });

  it("CH3: two relays that are ahead of each other by turns do not take turns", () => {
    const choose = chooser();
    choose(0, peer("a", { [C]: 2 }), peer("b", { [C]: 1 }));
    for (let nowMs = 10; nowMs < 10_000; nowMs += 10) {
      const [a, b] = nowMs % 20 === 0 ? [nowMs, nowMs + 1] : [nowMs + 1, nowMs];
      expect(choose(nowMs, peer("a", { [C]: a }), peer("b", { [C]: b }, 1))).toBe("a");
    }
  });

  it("CH3: a relay that has nothing for us is left when another has had something for long enough", () => {
    const choose = chooser(5);
    expect(choose(0, peer("a", { [C]: 6 }), peer("b", { [C]: 5 }))).toBe("a");
    expect(choose(100, peer("a", { [C]: 5 }), peer("b", { [C]: 6 }))).toBe("a");
    expect(choose(1_000, peer("a", { [C]: 5 }), peer("b", { [C]: 6 }))).toBe("a");
    expect(choose(1_100, peer("a", { [C]: 5 }), peer("b", { [C]: 6 }))).toBe("b");
  });

  it("CH3: patience begins anew when it brings something in between", () => {
    const choose = chooser(5);
    choose(0, peer("a", { [C]: 6 }), peer("b", { [C]: 5 }));
    choose(100, peer("a", { [C]: 5 }), peer("b", { [C]: 6 }));
    choose(900, peer("a", { [C]: 7 }), peer("b", { [C]: 6 }));
    expect(choose(1_200, peer("a", { [C]: 5 }), peer("b", { [C]: 6 }))).toBe("a");
  });
});

describe("hold buffer", () => {
  const released = (buffer: HoldBuffer<string>, replica: FakeReplica): string[] => {
    const from: string[] = [];
    buffer.release(
      (origin) => replica.sequenceOf(origin),
      (bytes, source): Received => {
        const received = replica.receive(bytes);
        if (received !== "waiting") from.push(`${source}:${received}`);
        return received;
      },
    );
    return from;
  };

  it("keeps what waits, and gives it back in causal order over several origins", () => {
    const buffer = new HoldBuffer<string>(10_000, 100);
    const replica = new FakeReplica("b");
    for (const bytes of [batchBytes(C, 1, { [A]: 2 }), batchBytes(C, 2)]) buffer.hold(bytes, 0, "one");
    buffer.hold(batchBytes("d#1-0000", 1, { [C]: 2 }), 0, "two");
    expect(released(buffer, replica)).toEqual([]);
    replica.receive(batchBytes(A, 1));
    expect(released(buffer, replica)).toEqual([]);
    replica.receive(batchBytes(A, 2));
    expect(released(buffer, replica)).toEqual(["one:applied", "one:applied", "two:applied"]);
    expect([buffer.count, buffer.bytes, buffer.tails().size]).toEqual([0, 0, 0]);
  });

  it("is bounded in number and in bytes, counts no batch twice, and keeps no gap", () => {
    const byCount = new HoldBuffer<string>(10_000, 2);
    expect(byCount.hold(batchBytes(A, 2), 1, "x")).toBe("held");
    expect(byCount.hold(batchBytes(A, 2), 1, "y")).toBe("held");
    expect(byCount.hold(batchBytes(A, 4), 1, "x")).toBe("gap");
    expect(byCount.hold(batchBytes(A, 3), 1, "x")).toBe("held");
    expect(byCount.hold(batchBytes(A, 4), 1, "x")).toBe("full");
    expect(byCount.hold(batchBytes(C, 1), 0, "x")).toBe("full");
    expect([byCount.count, byCount.hasRoom, byCount.tails().get(A)]).toEqual([2, false, 3]);
    const byBytes = new HoldBuffer<string>(1_000, 100);
    expect(byBytes.hold(batchBytes(A, 1, {}, 900), 0, "x")).toBe("held");
    expect(byBytes.hold(batchBytes(A, 2, {}, 900), 0, "x")).toBe("full");
    expect(byBytes.bytes).toBeLessThan(1_000);
  });

  it("forgets what has come by another way", () => {
    const buffer = new HoldBuffer<string>(10_000, 100);
    const replica = new FakeReplica("b");
    buffer.hold(batchBytes(A, 2), 1, "x");
    buffer.hold(batchBytes(A, 3), 1, "x");
    for (let sequence = 1; sequence <= 5; sequence++) replica.receive(batchBytes(A, sequence));
    // Before anything was released the stream goes on behind what it overtook.
    expect(buffer.hold(batchBytes(A, 6, { [C]: 1 }), 5, "x")).toBe("held");
    expect(buffer.count).toBe(1);
    replica.receive(batchBytes(C, 1));
    expect(released(buffer, replica)).toEqual(["x:applied"]);
    expect([buffer.count, buffer.bytes]).toEqual([0, 0]);
  });

  it("a held batch that proves to be broken says who sent it, and takes along what followed it", () => {
    const buffer = new HoldBuffer<string>(10_000, 100);
    const replica = new FakeReplica("b");
    buffer.hold(batchBytes(A, 2, {}, 0, BROKEN), 1, "liar");
    buffer.hold(batchBytes(A, 3), 1, "liar");
    replica.receive(batchBytes(A, 1));
    expect(released(buffer, replica)).toEqual(["liar:malformed"]);
    expect([buffer.count, buffer.bytes, buffer.tails().size]).toEqual([0, 0, 0]);
  });

  it("random orders of delivery end with everything applied and nothing left (seed 5)", () => {
    const random = seededRandom(5);
    for (let run = 0; run < 200; run++) {
      const origins = ["a#1-0000", "b#1-0000", "c#1-0000"];
      const known: Record<string, number> = {};
      const streams = origins.map((): Buffer[] => []);
      for (let step = 0; step < 30; step++) {
        const which = random.below(3);
        const origin = origins[which]!;
        const { [origin]: mine = 0, ...others } = known;
        streams[which]!.push(batchBytes(origin, mine + 1, others));
        known[origin] = mine + 1;
      }
      const buffer = new HoldBuffer<string>(100_000, 100);
      const replica = new FakeReplica("z");
      while (streams.some((stream) => stream.length > 0)) {
        const bytes = streams[random.below(3)]!.shift();
        if (bytes === undefined) continue;
        if (replica.receive(bytes) === "waiting") {
          expect(buffer.hold(bytes, replica.sequenceOf(peekBatch(bytes).id), "s")).toBe("held");
        }
        released(buffer, replica);
      }
      expect(replica.vector(), `run ${run}`).toEqual(known);
      expect([buffer.count, buffer.bytes]).toEqual([0, 0]);
    }
  });
});

describe("progress", () => {
  it("what a region lost with its disk, and nobody had taken, is not waited for", () => {
    const progress = new Progress();
    const applied: Record<string, number> = { "b#1-0000": 3 };
    const replica = { sequenceOf: (origin: string): number => applied[origin] ?? 0, includes: namedIncludes };
    const hear = (vector: NamedVector, word: "own" | "first"): void => {
      expect(progress.reported({ region: "b", vector, clockMs: 0 }, word, 0, replica)).toBe(true);
      progress.observe(replica, 10);
    };
    hear({ "b#1-0000": 5 }, "first");
    expect([progress.of("b").behindBatches, progress.caughtUp]).toEqual([2, false]);
    hear({ "b#1-0000": 5 }, "first");
    expect([progress.of("b").behindBatches, progress.caughtUp]).toEqual([2, false]);
    // The next process has less.
    hear({ "b#1-0000": 3 }, "first");
    expect([progress.of("b").behindBatches, progress.caughtUp]).toEqual([0, true]);
  });

  const report = (region: string, vector: NamedVector, clockMs = 0) => ({ region, vector, clockMs });
  const world = (): { progress: Progress; applied: Record<string, number>; hear: Hear; at: (ms: number) => void } => {
    const progress = new Progress();
    const applied: Record<string, number> = {};
    const sequenceOf = (origin: string): number => applied[origin] ?? 0;
    return {
      progress,
      applied,
      hear: (nowMs, from, vector, isOwn = true) =>
        progress.reported(report(from, vector), isOwn ? "own" : "passed-on", nowMs, {
          sequenceOf,
          includes: namedIncludes,
        }),
      at: (nowMs) => progress.observe({ sequenceOf }, nowMs),
    };
  };
  type Hear = (nowMs: number, from: string, vector: NamedVector, isOwn?: boolean) => boolean;

  it("lag is the age of the oldest that is missing, and 0 when nothing is", () => {
    const { progress, applied, hear, at } = world();
    hear(1_000, "a", { [A]: 5 });
    hear(3_000, "a", { [A]: 9 });
    at(4_000);
    expect(progress.of("a")).toEqual({ behindBatches: 9, lagMs: 3_000 });
    applied[A] = 5;
    at(4_000);
    expect(progress.of("a")).toEqual({ behindBatches: 4, lagMs: 1_000 });
    applied[A] = 9;
    at(5_000);
    expect(progress.of("a")).toEqual({ behindBatches: 0, lagMs: 0 });
    expect(progress.of("nobody")).toEqual({ behindBatches: 0, lagMs: 0 });
  });

  it("under steady writes, when something is missing at every moment, lag stays as long as the delay", () => {
    const { progress, applied, hear, at } = world();
    for (let nowMs = 0; nowMs < 60_000; nowMs += 5) {
      hear(nowMs, "a", { [A]: nowMs + 1 });
      applied[A] = Math.max(0, nowMs - 50);
      at(nowMs);
      expect(progress.of("a").lagMs).toBeLessThanOrEqual(50 + 40);
    }
    expect(progress.of("a").lagMs).toBeGreaterThan(20);
    expect(progress.caughtUp).toBe(true);
  });

  it("a region that receives nothing for an hour remembers little and understates nothing", () => {
    const { progress, applied, hear, at } = world();
    for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 500) hear(nowMs, "a", { [A]: nowMs / 500 + 1 });
    at(3_600_000);
    expect(progress.of("a").lagMs).toBe(3_600_000);
    applied[A] = 3_600;
    at(3_600_000);
    expect(progress.of("a").lagMs).toBeGreaterThanOrEqual(1_800_000);
  });

  it("a newcomer has caught up once it has what peers had when it heard of them, and lags no longer", () => {
    const { progress, applied, hear, at } = world();
    expect(progress.heardFrom).toBe(0);
    hear(0, "a", { [A]: 100, [C]: 7 });
    at(0);
    expect([progress.heardFrom, progress.caughtUp]).toEqual([1, false]);
    hear(10, "a", { [A]: 110, [C]: 7 });
    applied[A] = 105;
    at(10);
    expect(progress.caughtUp).toBe(false);
    applied[C] = 7;
    at(20);
    expect(progress.caughtUp).toBe(true);
    at(2_000);
    expect(progress.caughtUp).toBe(false);
  });

  it("word passed on counts only when it is newer by vector; a region's own word always", () => {
    const { hear } = world();
    expect(hear(0, "a", { [A]: 5 })).toBe(true);
    expect(hear(1, "a", { [A]: 4 }, false)).toBe(false);
    expect(hear(2, "a", { [A]: 6 }, false)).toBe(true);
    expect(hear(3, "a", { [A]: 3 }, true)).toBe(true);
  });

  it("a stream that brings nothing is stalled; one that moves while more is written is not", () => {
    const { progress, applied, hear, at } = world();
    hear(0, "a", { [A]: 5 });
    hear(0, "c", { [C]: 5 });
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 100) {
      hear(nowMs, "c", { [C]: 5 + nowMs });
      applied[C] = nowMs;
      at(nowMs);
    }
    expect(progress.stalled(10_000, 5_000)).toEqual(["a"]);
    // Said once for each time it has been so long.
    expect(progress.stalled(10_100, 5_000)).toEqual([]);
  });

  it("reports of ever new regions do not pile up", () => {
    const { progress, hear } = world();
    let kept = 0;
    for (let index = 0; index < 1_000; index++) if (hear(0, `r${index}`, { [`r${index}#1-0000`]: 1 }, false)) kept++;
    expect(kept).toBe(256);
    expect(progress.heardFrom).toBe(256);
  });
});

describe("suspensions", () => {
  it("a stream is left out long enough for its rest to pass, then taken up when there is room, or in the end anyway", () => {
    const suspensions = new Suspensions();
    expect([suspensions.suspend("a", 0), suspensions.suspend("a", 50)]).toEqual([true, false]);
    expect([suspensions.lift(99, true), suspensions.has("a")]).toEqual([false, true]);
    expect([suspensions.lift(1_999, false), suspensions.has("a")]).toEqual([false, true]);
    expect([suspensions.lift(2_000, false), suspensions.has("a")]).toEqual([true, false]);
    suspensions.suspend("a", 3_000);
    expect(suspensions.lift(3_100, true)).toBe(true);
  });
});
