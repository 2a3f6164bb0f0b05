import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { hostAndPort } from "../../links/link.ts";
import { ROUTER } from "../../world/roads.ts";
import type { World } from "../../world/start-world.ts";

/** What is done to the region that clients are at. */
export const FAULTS = ["kill", "black-hole", "freeze", "partition", "restart"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Gap {
  readonly fault: Fault;
  readonly door: "resp" | "http";
  /** The longest time without an acknowledged write. */
  readonly gapMs: number;
  /** Writes that failed, or whose outcome is unknown. */
  readonly errors: number;
  readonly acknowledged: number;
}

const BEFORE_MS = 800;
const DURING_MS = 3500;
const PAUSE_MS = 5;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Writes through the router, one after the other, over each door at once, while the nearest region fails in a way; then mends it and waits
 * until the router sends clients there again. The world has links between the router and its regions.
 */
export async function measureGap(world: World, fault: Fault): Promise<readonly Gap[]> {
  const victim = await nearest(world);
  const writers = [
    new RespWriter(world.router.ready.resp!),
    new HttpWriter(world.router.ready.http, world.secrets.token),
  ];
  const runs = writers.map((writer) => new Run(writer));
  await sleep(BEFORE_MS);
  for (const run of runs) run.count();
  await strike(world, victim, fault);
  await sleep(DURING_MS);
  if (fault === "restart") await world.startRegion(victim);
  await sleep(fault === "restart" ? DURING_MS : 0);
  const gaps = await Promise.all(
    runs.map(async (run, index): Promise<Gap> => {
      const { gapMs, errors, acknowledged } = await run.end();
      return { fault, door: index === 0 ? "resp" : "http", gapMs, errors, acknowledged };
    }),
  );
  await mend(world, victim, fault);
  await settled(world, victim);
  return gaps;
}

async function strike(world: World, victim: string, fault: Fault): Promise<void> {
  switch (fault) {
    case "kill":
      return world.region(victim).kill();
    case "freeze":
      return world.region(victim).freeze();
    case "black-hole":
      await world.roads!.spoil("gap", ROUTER, victim, { kind: "black-hole" });
      return world.roads!.spoil("gap", victim, ROUTER, { kind: "black-hole" });
    case "partition":
      return world.roads!.close("gap", ROUTER, victim);
    case "restart":
      // Planned: the region is asked to stop, and is started again.
      return world.region(victim).stop(10_000);
    default:
      return fault satisfies never;
  }
}

async function mend(world: World, victim: string, fault: Fault): Promise<void> {
  if (fault === "kill") await world.startRegion(victim);
  if (fault === "freeze") await world.region(victim).thaw();
  await world.roads?.mend("gap");
}

/** Waits until the router sends clients to the region again, be it few at first: two others are there for the next fault. */
async function settled(world: World, victim: string): Promise<void> {
  const giveUp = performance.now() + 90_000;
  for (;;) {
    const list = await regions(world).catch(() => null);
    const one = list?.regions.find(({ name }) => name === victim);
    if (one?.available === true) return;
    if (performance.now() > giveUp) throw new Error(`${victim} is not taken up again`);
    await sleep(200);
  }
}

async function nearest(world: World): Promise<string> {
  const { nearest: name } = await regions(world);
  if (name === null) throw new Error("the router has no nearest region");
  return name;
}

interface Listed {
  readonly nearest: string | null;
  readonly regions: readonly { readonly name: string; readonly state: string; readonly available: boolean }[];
}

async function regions(world: World): Promise<Listed> {
  return (await (await fetch(`http://${world.router.ready.http}/regions`)).json()) as Listed;
}

interface Writer {
  write(value: number): Promise<void>;
  close(): void;
}

class Run {
  readonly #writer: Writer;
  readonly #done: Promise<void>;
  #isOver = false;
  #isCounting = false;
  #lastMs = performance.now();
  #gapMs = 0;
  #errors = 0;
  #acknowledged = 0;

  constructor(writer: Writer) {
    this.#writer = writer;
    this.#done = this.#work();
  }

  count(): void {
    this.#isCounting = true;
    this.#lastMs = performance.now();
  }

  async end(): Promise<{ gapMs: number; errors: number; acknowledged: number }> {
    this.#gapMs = Math.max(this.#gapMs, performance.now() - this.#lastMs);
    this.#isOver = true;
    this.#writer.close();
    await this.#done;
    return { gapMs: this.#gapMs, errors: this.#errors, acknowledged: this.#acknowledged };
  }

  async #work(): Promise<void> {
    for (let value = 0; !this.#isOver; value++) {
      try {
        await this.#writer.write(value);
        const nowMs = performance.now();
        if (this.#isCounting) {
          this.#gapMs = Math.max(this.#gapMs, nowMs - this.#lastMs);
          this.#acknowledged++;
        }
        this.#lastMs = nowMs;
      } catch {
        if (this.#isCounting && !this.#isOver) this.#errors++;
      }
      await sleep(PAUSE_MS);
    }
  }
}

/** As a plain Redis client is: one connection, opened again as soon as it has ended. */
class RespWriter implements Writer {
  readonly #address: string;
  #socket: Socket | null = null;

  constructor(address: string) {
    this.#address = address;
  }

  write(value: number): Promise<void> {
    const socket = this.#open();
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clean();
        socket.destroy();
        this.#socket = null;
        reject(error);
      };
      const closed = (): void => fail(new Error("the connection has ended"));
      const answer = (chunk: Buffer): void => {
        if (chunk.toString("latin1") !== "+OK\r\n") return fail(new Error(chunk.toString("latin1", 0, 80)));
        clean();
        resolve();
      };
      const timer = setTimeout(() => fail(new Error("no answer")), ANSWER_TIMEOUT_MS);
      const clean = (): void => {
        clearTimeout(timer);
        socket.off("error", fail).off("close", closed).off("data", answer);
      };
      socket.on("error", fail).on("close", closed).on("data", answer);
      socket.write(`SET gap:resp ${value}\r\n`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** The connection that is there, or another one where that has ended while nothing was asked. */
  #open(): Socket {
    if (this.#socket !== null && !this.#socket.destroyed && !this.#socket.readableEnded) return this.#socket;
    const socket = connect({ ...hostAndPort(this.#address), noDelay: true });
    socket.on("error", () => {});
    this.#socket = socket;
    return socket;
  }
}

class HttpWriter implements Writer {
  readonly #address: string;
  readonly #token: string;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  write(value: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...hostAndPort(this.#address),
          path: `/set/gap:http/${value}`,
          headers: { authorization: `Bearer ${this.#token}` },
          timeout: ANSWER_TIMEOUT_MS,
        },
        (reply) => {
          reply.resume();
          reply.on("end", () =>
            reply.statusCode === 200 ? resolve() : reject(new Error(`status ${reply.statusCode}`)),
          );
          reply.on("error", reject);
        },
      );
      asked.on("timeout", () => asked.destroy(new Error("no answer")));
      asked.on("error", reject);
      asked.end();
    });
  }

  close(): void {}
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
