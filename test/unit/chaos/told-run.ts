import { seededRandom } from "../../../src/base/random.ts";
import type { RunRecord } from "../../../chaos/record/record.ts";
import { ABSENT, hash, Story, string } from "./story.ts";

const REGIONS = ["us-east", "eu-west", "ap-southeast"] as const;
const LENGTH_MS = 30_000;
const FAULT_MS = 10_000;
const HEAL_MS = 17_500;
const DECIDED_MS = 640;
const AT_END = { fromMs: LENGTH_MS + 200, toMs: LENGTH_MS + 210 };

/**
 * A whole run as the harness would record it, made up by seed: three regions at 120 operations a second, one killed for seven seconds. `loses`: the region
 * comes back without what it had not yet sent, and one logout is undone.
 */
export function tellRun(loses: boolean): RunRecord {
  const random = seededRandom(7);
  const story = new Story({
    scenario: "region-killed",
    title: "eu-west is killed (kill -9) for 7.5 seconds and comes back.",
    seed: 7,
    profile: "ci",
    regions: REGIONS,
    proxy: "toxiproxy 2.12.0",
    programs: { antipode: "0.2.0", node: "v20.19.0" },
    environment: { machine: "linux x64, 2 cores", load: "0.8" },
    links: { "us-east↔eu-west": "30 ms one way", "us-east↔ap-southeast": "75 ms one way" },
    workload: { ratePerSecond: 120, openLoop: true, clients: 12 },
    expectsFault: true,
    budgets: [
      { figure: "gap.maxMs", min: null, max: 3_000 },
      { figure: "lost.never.windowMs", min: null, max: 500 },
      { figure: "lag.healthy.p99Ms", min: null, max: 150 },
      { figure: "convergence.caughtUpMs", min: null, max: 5_000 },
      { figure: "availability.share", min: 0.97, max: null },
    ],
  });
  story.line({ line: "event", atMs: 0, kind: "workload", region: null, detail: "begins" });
  const sent = new Map<string, { at: number; count: number }[]>(REGIONS.map((region) => [region, []]));
  const count = LENGTH_MS / 8.33;
  const unsent: string[] = [];
  for (let index = 0; index < count; index++) {
    const dueMs = index * 8.33;
    const home = REGIONS[random.below(3)]!;
    const isAway = home === "eu-west" && dueMs > FAULT_MS && dueMs < HEAL_MS;
    const client = `client-${home}-${index % 4}`;
    const key = `sess:${index}`;
    const op = { kind: "session.login", key, field: "user", value: `u${index}`, ttlMs: 3_600_000 } as const;
    const isBlind = isAway && dueMs < FAULT_MS + DECIDED_MS;
    const served = isAway ? "us-east" : home;
    const tookMs = 0.8 + random.next() * 2 + (random.next() < 0.02 ? 20 * random.next() : 0) + (isAway ? 31 : 0);
    const concern = index % 5 === 0 ? "one" : "local";
    const waits = concern === "one" ? 62 : 0;
    story.op(home, dueMs, op, {
      client,
      via: isAway ? "router-rest" : (["resp", "rest"] as const)[index % 2]!,
      regionServed: isBlind ? null : served,
      endedMs: dueMs + (isBlind ? 400 : tookMs + waits),
      outcome: isBlind ? (index % 2 === 0 ? "unknown" : "failed") : "acked",
      error: isBlind ? "connect ECONNREFUSED" : null,
      concern,
      confirmedBy: concern === "one" && !isBlind ? 1 : null,
    });
    if (isBlind) {
      story.final(key, ABSENT, AT_END);
      continue;
    }
    sent.get(served)!.push({ at: dueMs + tookMs, count: sent.get(served)!.length + 1 });
    const isUnsent = served === "eu-west" && concern === "local" && dueMs < FAULT_MS && dueMs > FAULT_MS - 120;
    if (isUnsent) unsent.push(key);
    story.final(key, isUnsent && loses ? ABSENT : hash({ user: `u${index}` }), AT_END);
    if (dueMs < FAULT_MS)
      for (const region of ["us-east", "ap-southeast"])
        story.final(key, isUnsent ? ABSENT : hash({ user: `u${index}` }), {
          without: "eu-west",
          region,
          fromMs: 15_000,
          toMs: 15_010,
        });
  }
  story.op("us-east", 5_000, { kind: "string.set", key: "<b>&", value: "1", ttlMs: null });
  story.final("<b>&", string("1"), AT_END);
  if (loses) {
    story.op("us-east", 8_000, { kind: "session.logout", key: "sess:30", final: false });
  }
  story.fault(FAULT_MS, HEAL_MS, { kind: "kill", title: "eu-west is killed with kill -9", regions: ["eu-west"] });
  for (const [kind, atMs, detail] of [
    ["detected", FAULT_MS + 410, "three health checks unanswered"],
    ["decided", FAULT_MS + DECIDED_MS, "its clients go to us-east"],
    ["returned", HEAL_MS + 2_100, "healthy for two seconds"],
  ] as const)
    story.line({ line: "event", atMs, kind, region: "eu-west", detail });
  for (let atMs = 0; atMs <= LENGTH_MS + 800; atMs += 200) {
    for (const [index, region] of REGIONS.entries()) {
      const isDown = region === "eu-west" && atMs > FAULT_MS && atMs < HEAL_MS;
      const upTo = (of: string): number => {
        const lagMs = of === region ? 0 : region === "eu-west" || of === "eu-west" ? 45 : 80;
        return sent.get(of)!.findLast(({ at }) => at <= atMs - lagMs)?.count ?? 0;
      };
      const positions = Object.fromEntries(REGIONS.map((of) => [`${of}#1-aa`, upTo(of)]));
      story.sample(atMs + index, region, isDown ? null : positions);
    }
  }
  for (let atMs = 50; atMs < LENGTH_MS; atMs += 100) {
    const [from, to] = [REGIONS[random.below(3)]!, REGIONS[random.below(3)]!];
    if (from === to) continue;
    const isAway = (region: string): boolean => region === "eu-west" && atMs > FAULT_MS && atMs < HEAL_MS;
    if (isAway(from)) continue;
    const lagMs = isAway(to)
      ? HEAL_MS + 300 - atMs
      : 31 + random.next() * 6 + (from === "ap-southeast" || to === "ap-southeast" ? 45 : 0);
    story.probe(from, to, atMs, atMs + lagMs, { kind: atMs % 700 === 50 ? "logout" : "write" });
  }
  story.end({
    atMs: LENGTH_MS + 900,
    equalMs: LENGTH_MS + 180,
    digests: Object.fromEntries(REGIONS.map((region) => [region, "4f1c"])),
  });
  return story.record;
}
