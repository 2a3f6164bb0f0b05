import { connect } from "node:net";
import { Redis } from "ioredis";
import { findPorts } from "../world/ports.ts";
import { startBenchNode, withScratch, type BenchNode } from "./bench-node.ts";
import { CLIENTS, type BenchTools } from "./comparison.ts";
import { fill } from "./drive.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { median } from "./throughput.ts";

/** Of all rounds. */
export interface RecoveryOf {
  /** From the start of a process to the first value it answers with, of each round; and their median. */
  readonly firstAnswersMs: readonly number[];
  readonly firstAnswerMs: number;
  /** Writes acknowledged under load before the kills, and those of them that are not there after. */
  readonly acknowledged: number;
  readonly lost: number;
}

export interface RecoveryPoint {
  readonly keys: number;
  readonly antipode: RecoveryOf;
  readonly redis: RecoveryOf;
}

/** A program that can be killed and started again on its data. */
interface Server {
  readonly port: number;
  kill(): Promise<void>;
  /** Does not wait for it to serve; rejects, later, when it never does. */
  launch(): Promise<void>;
}

const VALUE = "v".repeat(100);
const LOAD_MS = 2_000;
const GIVE_UP_MS = 600_000;
const READ_BATCH = 1_000;

/** W8: kill -9 under load and a start on the same data, for each number of keys: this project, and Redis with an append-only file synced always. */
export async function measureRecovery(tools: BenchTools, sizes: readonly number[]): Promise<readonly RecoveryPoint[]> {
  const points: RecoveryPoint[] = [];
  for (const keys of sizes) {
    const antipode = await withOurs(tools, (server) => killed(server, keys, tools.rounds));
    const redis = await withRedis(tools, (server) => killed(server, keys, tools.rounds));
    points.push({ keys, antipode, redis });
    tools.say(`  W8   ${String(keys).padStart(8)} keys, kill -9   ${show(antipode)}   Redis ${show(redis)}`);
  }
  return points;
}

async function killed(server: Server, keys: number, rounds: number): Promise<RecoveryOf> {
  await fill(server.port, keys, (index) => ["SET", `key:${index}`, VALUE]);
  const firstAnswersMs: number[] = [];
  let acknowledged = 0;
  let lost = 0;
  for (let round = 0; round < rounds; round++) {
    const written = await writeUntilKilled(server, round);
    const startedMs = performance.now();
    const launched = server.launch();
    await firstAnswer(server.port, "key:0");
    firstAnswersMs.push(performance.now() - startedMs);
    await launched;
    acknowledged += written.length;
    lost += await countMissing(server.port, written);
  }
  return { firstAnswersMs, firstAnswerMs: median(firstAnswersMs), acknowledged, lost };
}

/** Every key is written once: what was acknowledged must be there. */
async function writeUntilKilled(server: Server, round: number): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  let next = 0;
  const writers = Array.from({ length: CLIENTS }, async () => {
    const client = new Redis(server.port, "127.0.0.1", { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on("error", () => {});
    try {
      for (;;) {
        const key = `load:${round}:${next++}`;
        await client.set(key, VALUE);
        acknowledged.push(key);
      }
    } catch {
      client.disconnect();
    }
  });
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
  await server.kill();
  await Promise.all(writers);
  return acknowledged;
}

async function countMissing(port: number, keys: readonly string[]): Promise<number> {
  const client = new Redis(port, "127.0.0.1");
  let missing = 0;
  for (let from = 0; from < keys.length; from += READ_BATCH) {
    const values = await client.mget(keys.slice(from, from + READ_BATCH));
    missing += values.filter((value) => value !== VALUE).length;
  }
  client.disconnect();
  return missing;
}

async function firstAnswer(port: number, key: string): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS;
  while (!(await answersWithValue(port, key))) {
    if (performance.now() > giveUp) throw new Error(`no answer within ${GIVE_UP_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Whether it is there and says the value: while it loads it refuses. */
function answersWithValue(port: number, key: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.write(`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`));
    socket.once("data", (answer) => {
      socket.destroy();
      resolve(answer.toString("latin1", 0, 4) === `$${VALUE.length}`);
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}

function withOurs<T>({ program }: BenchTools, body: (server: Server) => Promise<T>): Promise<T> {
  return withScratch(async (data) => {
    const [port] = (await findPorts(0, 1)) as [number];
    const start = (): Promise<BenchNode> =>
      startBenchNode(program, { region: "bench", data, resp: `127.0.0.1:${port}` });
    let node = await start();
    try {
      return await body({
        port,
        kill: () => node.program.kill(),
        launch: async () => {
          node = await start();
        },
      });
    } finally {
      await node.program.kill();
    }
  });
}

function withRedis<T>({ redisServer }: BenchTools, body: (server: Server) => Promise<T>): Promise<T> {
  return RedisPeer.with(redisServer, SYNCED, (peer) =>
    body({ port: peer.port, kill: () => peer.kill(), launch: () => Promise.resolve(peer.launch()) }),
  );
}

function show({ firstAnswerMs, acknowledged, lost }: RecoveryOf): string {
  return `answers after ${Math.round(firstAnswerMs)} ms, ${lost} of ${acknowledged} acknowledged writes lost`;
}
