import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Redis } from "ioredis";
import { findPorts } from "../world/ports.ts";

/** A program on PATH; null when there is none. */
export function onPath(name: string): string | null {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, name));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

/** Syncs every write before it replies, as this project does. */
export const SYNCED = ["--appendonly", "yes", "--appendfsync", "always"];

const START_TIMEOUT_MS = 10_000;
const STOP_AGAIN_MS = 250;
const STOP_TIMEOUT_MS = 20_000;

/** A real Redis to compare with, or what takes the same flags, on loopback, with its own directory. */
export class RedisPeer {
  readonly port: number;
  readonly #binary: string;
  readonly #words: readonly string[];
  readonly directory: string;
  #child: ChildProcess;

  private constructor(port: number, binary: string, words: readonly string[], directory: string) {
    this.port = port;
    this.#binary = binary;
    this.#words = words;
    this.directory = directory;
    this.#child = this.#spawn();
  }

  /** Runs `body` with one that is stopped afterwards. */
  static async with<T>(binary: string, args: readonly string[], body: (peer: RedisPeer) => Promise<T>): Promise<T> {
    const peer = await RedisPeer.start(binary, args);
    try {
      return await body(peer);
    } finally {
      await peer.stop();
    }
  }

  static async start(binary: string, args: readonly string[]): Promise<RedisPeer> {
    const [port] = await findPorts(0, 1);
    const directory = mkdtempSync(join(tmpdir(), "antipode-redis-"));
    const base = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--daemonize", "no"];
    const peer = new RedisPeer(port!, binary, [...base, ...args], directory);
    await peer.#answers();
    return peer;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Makes it follow another one on this machine, from now on. */
  async replicate(port: number): Promise<void> {
    const client = new Redis(this.port, "127.0.0.1");
    await client.replicaof("127.0.0.1", port);
    client.disconnect();
  }

  /** Resolves once it follows a primary and has all that it had. */
  async follows(): Promise<void> {
    const client = new Redis(this.port, "127.0.0.1");
    try {
      const giveUp = performance.now() + START_TIMEOUT_MS;
      while (!(await client.info("replication")).includes("master_link_status:up")) {
        if (performance.now() > giveUp) throw new Error("the replica does not reach its primary");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      client.disconnect();
    }
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** On the port and the data it had. */
  async startAgain(): Promise<void> {
    this.launch();
    await this.#answers();
  }

  /** The same without waiting for an answer. */
  launch(): void {
    this.#child = this.#spawn();
  }

  #spawn(): ChildProcess {
    return spawn(this.#binary, this.#words, { stdio: "ignore", detached: true });
  }

  async #answers(): Promise<void> {
    const giveUp = performance.now() + START_TIMEOUT_MS;
    while (!(await answers(this.port))) {
      if (performance.now() > giveUp) throw new Error("redis-server does not start");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill(signal);
    // A replica that is writing its first append-only file since it synced answers a SIGTERM with "Can't exit", and forgets it.
    const giveUp = performance.now() + STOP_TIMEOUT_MS;
    const asking = setInterval(() => this.#child.kill(performance.now() > giveUp ? "SIGKILL" : signal), STOP_AGAIN_MS);
    await ended;
    clearInterval(asking);
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.write("PING\r\n"));
  });
}
