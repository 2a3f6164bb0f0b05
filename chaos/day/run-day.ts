import { Redis as IoRedis } from "ioredis";
import type { World } from "../world/start-world.ts";
import { ioredisClient, nodeRedisClient, outcomeOf, sessionKey, upstashClient, type DayClient } from "./day-clients.ts";
import { judgeDay, type Verdict } from "./judge.ts";
import { LagProbe, type LagSummary } from "./lag-probe.ts";
import { planDay, type DayAction, type PlannedAction } from "./plan.ts";
import type { Attempt, FinalSession, FinalState } from "./record.ts";

export interface DayOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly actionsPerSecond: number;
  readonly users: number;
  /** How long after the end regions may take to become equal. */
  readonly convergeWithinMs: number;
  readonly onProgress: (line: string) => void;
}

export interface DayResult {
  readonly verdict: Verdict;
  readonly attempts: readonly Attempt[];
  readonly final: FinalState;
  readonly lag: LagSummary;
  readonly killedRegion: string;
  readonly killedForMs: number;
  readonly vias: Readonly<Record<string, number>>;
}

const KILL_AT = 0.4;
const RESTART_AT = 0.6;

/** Runs a day against a running world: traffic by real clients, one region killed and restarted on the way, then the proof. */
export async function runDay(world: World, options: DayOptions): Promise<DayResult> {
  const plan = planDay({ ...options, regions: world.regions.length });
  const clients = await connectAll(world);
  const router = upstashClient(null, world.router.ready.http, world.secrets.token);
  const attempts: Attempt[] = [];
  const startedMs = performance.now();
  const now = (): number => performance.now() - startedMs;
  const lag = new LagProbe(world, options.seed);
  lag.start();
  const victim = world.regions[1 % world.regions.length]!;
  const outage = killAndRestart(world, victim, options, now);
  const inFlight = new Set<Promise<void>>();
  for (const [index, planned] of plan.entries()) {
    const waitMs = planned.atMs - now();
    if (waitMs > 1) await sleep(waitMs);
    const task = perform(index, planned).finally(() => inFlight.delete(task));
    inFlight.add(task);
  }
  await Promise.all(inFlight);
  const killedForMs = await outage;
  await lag.stop();
  const final = await readFinal(world, plan, now, options);
  for (const client of [...clients.flat(), router]) await client.close();
  const vias: Record<string, number> = {};
  for (const { via } of attempts) vias[via] = (vias[via] ?? 0) + 1;
  return {
    verdict: judgeDay(attempts, final),
    attempts,
    final,
    lag: lag.summary(),
    killedRegion: victim,
    killedForMs,
    vias,
  };

  async function perform(index: number, { region, action }: PlannedAction): Promise<void> {
    const own = clients[region]!;
    const outcome = await attempt(own[index % own.length]!, action);
    // An application whose region does not answer asks the router; what must not happen twice it gives up.
    if (outcome !== "acked" && action.kind !== "visit") await attempt(router, action);
  }

  async function attempt(client: DayClient, action: DayAction): Promise<Attempt["outcome"]> {
    const began = now();
    let outcome: Attempt["outcome"] = "acked";
    let error: string | null = null;
    try {
      await client.perform(action);
    } catch (cause) {
      outcome = outcomeOf(cause);
      error = cause instanceof Error ? cause.message : String(cause);
    }
    attempts.push({ action, region: client.region, via: client.via, startedMs: began, endedMs: now(), outcome, error });
    return outcome;
  }
}

async function connectAll(world: World): Promise<readonly (readonly DayClient[])[]> {
  return Promise.all(
    world.nodes.map(async ({ ready }) => [
      ioredisClient(ready.region, ready.resp),
      upstashClient(ready.region, ready.rest, world.secrets.token),
      await nodeRedisClient(ready.region, ready.resp),
    ]),
  );
}

async function killAndRestart(world: World, region: string, options: DayOptions, now: () => number): Promise<number> {
  await sleep(options.durationMs * KILL_AT);
  const killedAt = now();
  await world.node(region).kill();
  options.onProgress(`${region} killed (kill -9) at ${(killedAt / 1000).toFixed(1)} s`);
  await sleep(options.durationMs * (RESTART_AT - KILL_AT));
  await world.startRegion(region);
  const downMs = now() - killedAt;
  options.onProgress(`${region} is back after ${(downMs / 1000).toFixed(1)} s`);
  return downMs;
}

async function readFinal(
  world: World,
  plan: readonly PlannedAction[],
  now: () => number,
  options: DayOptions,
): Promise<FinalState> {
  const endedMs = now();
  let digests = await readDigests(world);
  while (new Set(Object.values(digests)).size !== 1 && now() - endedMs < options.convergeWithinMs) {
    await sleep(50);
    digests = await readDigests(world);
  }
  const convergedAfterMs = new Set(Object.values(digests)).size === 1 ? now() - endedMs : null;
  const [host, port] = world.nodes[0]!.ready.resp.split(":") as [string, string];
  const client = new IoRedis({ host, port: Number(port) });
  const sessions: Record<string, FinalSession> = {};
  const counters: Record<string, number> = {};
  const readAtMs = now();
  const ids = [...new Set(plan.map(({ action }) => action.session))];
  await Promise.all(
    ids.map(async (session) => {
      const key = sessionKey(session);
      const [fields, ttlMs] = await Promise.all([client.hgetall(key), client.pttl(key)]);
      sessions[session] = { fields, ttlMs };
    }),
  );
  for (const { action } of plan) if (action.kind === "visit") counters[action.counter] = 0;
  for (const counter of Object.keys(counters)) counters[counter] = Number((await client.get(counter)) ?? "0");
  client.disconnect();
  return { readAtMs, sessions, counters, digests, convergedAfterMs };
}

/** Every region's digest at one and the same instant. */
async function readDigests(world: World): Promise<Record<string, string>> {
  const at = Date.now();
  const entries = await Promise.all(
    world.nodes.map(async ({ ready }) => {
      const response = await fetch(`http://${ready.admin}/digest?at=${at}`);
      const { digest, vector } = (await response.json()) as { digest: string; vector: Record<string, number> };
      const sorted = Object.entries(vector).toSorted(([left], [right]) => (left < right ? -1 : 1));
      return [ready.region, `${digest} ${JSON.stringify(sorted)}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
