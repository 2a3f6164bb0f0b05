import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CommandBench } from "./command-bench.ts";
import { executedIn, significantBefore, WorkMeter } from "./work-meter.ts";
import { WORKS, type Work } from "./works.ts";

/** What one command of each work executed, and the bytes of log it made, when they were last recorded. */
type Recorded = Record<string, { readonly executed: number; readonly logBytes: number }>;

const FILE = new URL("./recorded.json", import.meta.url);
const isRecording = process.env["ANTIPODE_RECORD_COSTS"] === "1";
const recorded: Recorded = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Recorded) : {};
const now: Record<string, { executed: number; logBytes: number }> = {};

const WARM_ROUNDS = 50;
const ROUNDS = 100;
/** What a change may add unnoticed. */
const TOLERANCE = 0.05;
/** What it may save without the record being renewed, so that what was won stays won. */
const SLACK = 0.25;

const meter = new WorkMeter();
beforeAll(() => meter.start());
afterAll(() => {
  meter.stop();
  if (isRecording) writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
});

async function costOf({ before, commands, perRound = commands(0).length, at }: Work) {
  const bench = new CommandBench();
  await before?.(bench);
  const { records } = bench.world.engine.log;
  let sent = 0;
  const send = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      const replies = await bench.send(commands(sent++));
      expect(replies).not.toMatch(/(?:^|\r\n)-/u);
    }
  };
  const deliver = async (from: number): Promise<void> => {
    for (const record of records.slice(from)) expect(bench.peer.replica.receive(record)).toBe("applied");
    // Now it becomes durable there.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const road = at === "sent" || at === "received" ? await bench.road() : null;
  await send(WARM_ROUNDS);
  if (road === null) await deliver(0);
  else {
    await road.send();
    await road.deliver();
  }
  const [recordsBefore, bytesBefore] = [records.length, bench.logBytes];
  const executed = { own: 0, peer: 0, sent: 0, received: 0 };
  executed.own = await meter.measure(() => send(ROUNDS));
  if (road === null) executed.peer = await meter.measure(() => deliver(recordsBefore));
  else {
    executed.sent = await meter.measure(() => road.send());
    executed.received = await meter.measure(() => road.deliver());
    expect(road.delivered).toBe(records.length);
  }
  const count = ROUNDS * perRound;
  return {
    executed: Math.round(executed[at ?? "own"] / count),
    logBytes: Math.round((bench.logBytes - bytesBefore) / count),
  };
}

describe("what a command costs, in code executed and bytes logged", () => {
  for (const work of WORKS) {
    it(work.name, async () => {
      const cost = await costOf(work);
      now[work.name] = cost;
      if (isRecording) return;
      const before = recorded[work.name];
      expect(before, "no record: npm run costs:record").toBeDefined();
      const why = "a change made it dearer; if that is meant: npm run costs:record";
      expect(cost.executed, why).toBeLessThanOrEqual(before!.executed * (1 + TOLERANCE));
      expect(cost.logBytes, why).toBeLessThanOrEqual(before!.logBytes * (1 + TOLERANCE));
      expect(cost.executed, "it became cheaper: npm run costs:record").toBeGreaterThanOrEqual(
        before!.executed * (1 - SLACK),
      );
    });
  }

  it("a write costs no more in a large hash than in a small one [W11]", async () => {
    const executed = async (name: string): Promise<number> => {
      const known = now[name] ?? (await costOf(WORKS.find((work) => work.name === name)!));
      return known.executed;
    };
    const small = await executed("HSET in a hash of 10 fields");
    expect(await executed("HSET in a hash of 20,000 fields")).toBeLessThanOrEqual(small * 1.1);
  });
});

describe("the meter", () => {
  it("counts each character as often as the innermost range around it says, comments and space not at all", () => {
    const source = "ab /* no */ cd // no\n efg";
    const weights = significantBefore(source);
    expect(weights[source.length]).toBe(7);
    const range = (text: string, count: number) => ({
      startOffset: source.indexOf(text),
      endOffset: source.indexOf(text) + text.length,
      count,
    });
    expect(executedIn([range(source, 1)], weights)).toBe(7);
    expect(executedIn([range(source, 1), range("cd", 10), range("efg", 0)], weights)).toBe(22);
    expect(executedIn([range("ab", 2), range("efg", 3)], weights)).toBe(13);
  });

  it("counts in code that has run often as it does in code that has not, and the same twice", async () => {
    const work = WORKS.find(({ name }) => name === "SET of 1 KB, received by the peer")!;
    const before = await costOf(work);
    for (let time = 0; time < 3; time++) expect((await costOf(work)).executed).toBeCloseTo(before.executed, -1);
  });

  it("sees a loop that somebody adds", async () => {
    const work = WORKS.find(({ name }) => name === "PING")!;
    const before = await costOf(work);
    const slow = { ...work, commands: () => [["PING"], ["SCAN", "0", "COUNT", "1000"]], perRound: 1 };
    expect((await costOf(slow)).executed).toBeGreaterThan(before.executed * (1 + TOLERANCE));
  });
});
