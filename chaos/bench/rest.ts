import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { findPorts } from "../world/ports.ts";
import { BENCH_TOKEN, withBenchNode, withScratch } from "./bench-node.ts";
import { CLIENTS, compare, type BenchRow, type BenchTools, type Contender } from "./comparison.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { askTimes, drive, httpAnswerBytes, type Question } from "./router/drive.ts";

const VALUE = "v".repeat(1024);
const KEYS = 100_000;
const PIPELINE = 20;
/** Requests made beforehand and sent again and again: to write them anew each time is the driver's work and nobody else's. */
const REQUESTS = 500;
const START_TIMEOUT_MS = 10_000;

/** Where requests go. */
interface Target {
  /** HOST:PORT. */
  readonly address: string;
  readonly token: string;
  /** Path of a door that takes a JSON array of commands; null: so many requests at once down the connection (HTTP pipelining). */
  readonly pipeline: string | null;
}

type Verb = "SET" | "GET";

/**
 * W5: SET and GET of 1 KB over HTTP, one command a request and twenty, 50 connections, the same driver for all: beside webdis before a
 * Redis that syncs every write, and in pipelines beside SRH where its address is given.
 */
export async function measureRest(tools: BenchTools, seconds: number): Promise<readonly BenchRow[]> {
  if (tools.srh === null) tools.say("  W5   no SRH (--srh-url URL): pipelines beside webdis alone");
  if (tools.webdis === null) tools.say("  W5   no webdis on PATH");
  const rows: BenchRow[] = [];
  for (const verb of ["SET", "GET"] as const) {
    for (const commands of [1, PIPELINE]) {
      const run = async (target: Target): Promise<number> => {
        await prepare(target, commands);
        const question = questionOf(target, verb, commands);
        return (await drive(target.address, question, CLIENTS, seconds * 1000)).perSecond * commands;
      };
      const ours = (): Promise<number> =>
        withBenchNode(tools.program, ({ program }) =>
          run({ address: program.ready.rest, token: BENCH_TOKEN, pipeline: "/pipeline" }),
        );
      const what = commands === 1 ? `REST, ${verb}` : `REST, ${verb}, pipeline ${commands}, commands`;
      rows.push(...(await compare(tools, "W5", what, ours, peersOf(tools, commands, run))));
    }
  }
  return rows;
}

/**
 * Writes every key that is read later, so often for each peer however fast it is, so that all begin with the same data and a warm
 * process; and reads in the shape that is measured. Throws where an answer does not have what was written.
 */
async function prepare(target: Target, commands: number): Promise<void> {
  await askTimes(target.address, questionOf(target, "SET", PIPELINE), CLIENTS, WARM_PASSES * REQUESTS);
  await askTimes(target.address, checked(questionOf(target, "GET", commands), commands), CLIENTS, REQUESTS);
}
const WARM_PASSES = 3;

function checked({ next, answerBytes }: Question, values: number): Question {
  return {
    next,
    answerBytes: (received) => {
      const bytes = answerBytes(received);
      const answer = received.toString("latin1", 0, bytes);
      if (bytes > 0 && answer.split(VALUE).length - 1 !== values) {
        throw new Error(`a GET was not answered what was written: ${answer.slice(0, 300)}`);
      }
      return bytes;
    },
  };
}

function peersOf(
  { webdis, redisServer, srh }: BenchTools,
  commands: number,
  run: (target: Target) => Promise<number>,
): readonly Contender[] {
  const peers: Contender[] = [];
  if (webdis !== null) {
    peers.push({
      name: "webdis on Redis",
      run: () => withWebdis(webdis, redisServer, (address) => run({ address, token: "", pipeline: null })),
    });
  }
  if (srh !== null && commands > 1) {
    const address = new URL(srh.url).host;
    peers.push({ name: "SRH", run: () => run({ address, token: srh.token, pipeline: "/pipeline" }) });
  }
  return peers;
}

function questionOf(target: Target, verb: Verb, commands: number): Question {
  let state = 1;
  const key = (): string => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return `rest:${state % KEYS}`;
  };
  const inOne = target.pipeline !== null && commands > 1;
  const requests = Array.from({ length: REQUESTS }, () => {
    const keys = Array.from({ length: commands }, key);
    return inOne
      ? request(target, "POST", target.pipeline, JSON.stringify(keys.map((one) => wordsOf(verb, one))))
      : Buffer.concat(
          keys.map((one) =>
            verb === "SET" ? request(target, "PUT", `/SET/${one}`, VALUE) : request(target, "GET", `/GET/${one}`, ""),
          ),
        );
  });
  let next = 0;
  return {
    next: () => requests[next++ % REQUESTS]!,
    answerBytes: (received) => answersBytes(received, inOne ? 1 : commands),
  };
}

function wordsOf(verb: Verb, key: string): readonly string[] {
  return verb === "SET" ? ["SET", key, VALUE] : ["GET", key];
}

function request({ address, token }: Target, method: string, path: string, body: string): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${address}`, `Authorization: Bearer ${token}`];
  if (body !== "") head.push(`Content-Length: ${body.length}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Bytes of so many answers one after the other; 0 while some are missing. */
function answersBytes(received: Buffer, count: number): number {
  let at = 0;
  for (let answer = 0; answer < count; answer++) {
    const bytes = httpAnswerBytes(received.subarray(at));
    if (bytes === 0) return 0;
    at += bytes;
  }
  return at;
}

async function withWebdis<T>(webdis: string, redis: string, body: (address: string) => Promise<T>): Promise<T> {
  const [port] = (await findPorts(0, 1)) as [number];
  return withScratch((directory) =>
    RedisPeer.with(redis, SYNCED, async (peer) => {
      const path = join(directory, "webdis.json");
      writeFileSync(path, JSON.stringify(webdisSettings(port, peer.port, directory)));
      const child = spawn(webdis, [path], { stdio: "ignore", detached: true });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      try {
        await listens(port);
        return await body(`127.0.0.1:${port}`);
      } finally {
        child.kill("SIGTERM");
        await ended;
      }
    }),
  );
}

function webdisSettings(port: number, redisPort: number, directory: string): Readonly<Record<string, unknown>> {
  return {
    redis_host: "127.0.0.1",
    redis_port: redisPort,
    http_host: "127.0.0.1",
    http_port: port,
    threads: 2,
    pool_size: 10,
    daemonize: false,
    database: 0,
    verbosity: 1,
    logfile: join(directory, "webdis.log"),
  };
}

async function listens(port: number): Promise<void> {
  const giveUp = performance.now() + START_TIMEOUT_MS;
  while (!(await canConnect(port))) {
    if (performance.now() > giveUp) throw new Error("webdis does not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
