import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findPorts } from "../world/ports.ts";

/** A program on PATH; null when there is none. */
export function onPath(name: string): string | null {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, name));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

/** A real Redis to compare with, on loopback, with its own directory. */
export class RedisPeer {
  readonly port: number;
  readonly #binary: string;
  readonly #words: readonly string[];
  readonly #directory: string;
  #child: ChildProcess;

  private constructor(port: number, binary: string, words: readonly string[], directory: string) {
    this.port = port;
    this.#binary = binary;
    this.#words = words;
    this.#directory = directory;
    this.#child = this.#spawn();
  }

  static async start(binary: string, args: readonly string[]): Promise<RedisPeer> {
    const [port] = await findPorts(0, 1);
    const directory = mkdtempSync(join(tmpdir(), "antipode-redis-"));
    const base = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--daemonize", "no"];
    const peer = new RedisPeer(port!, binary, [...base, ...args], directory);
    await peer.#answers();
    return peer;
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** On the port and the data it had. */
  async startAgain(): Promise<void> {
    this.#child = this.#spawn();
    await this.#answers();
  }

  #spawn(): ChildProcess {
    return spawn(this.#binary, this.#words, { stdio: "ignore", detached: true });
  }

  async #answers(): Promise<void> {
    const giveUp = performance.now() + 10_000;
    while (!(await answers(this.port))) {
      if (performance.now() > giveUp) throw new Error("redis-server does not start");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.#directory, { recursive: true, force: true });
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
