import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeRequest, parseReply, type RespValue } from "./resp-values.ts";

const START_MS_MAX = 10_000;

export function hasRedisServer(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/** A real Redis of its own, on a socket in a temporary directory, without persistence. */
export class RedisProcess {
  /** Of its socket. */
  readonly path: string;
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  #received = "";
  #id: string | null = null;
  #arrived: () => void = () => {};

  private constructor(directory: string, child: ChildProcess, socket: Socket) {
    this.path = join(directory, "socket");
    this.#directory = directory;
    this.#child = child;
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#arrived();
    });
  }

  static async start(): Promise<RedisProcess> {
    const directory = mkdtempSync(join(tmpdir(), "antipode-redis-"));
    const path = join(directory, "socket");
    const options = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", directory, "--logfile", "log"];
    const child = spawn("redis-server", [...options, "--enable-debug-command", "yes"], { stdio: "ignore" });
    const deadline = performance.now() + START_MS_MAX;
    for (;;) {
      try {
        return new RedisProcess(directory, child, await connect(path));
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(20);
      }
    }
  }

  /** Runs the commands in one pipeline; the replies in order. */
  async run(commands: readonly (readonly string[])[]): Promise<RespValue[]> {
    this.#socket.write(Buffer.from(commands.map(encodeRequest).join(""), "latin1"));
    const replies: RespValue[] = [];
    let at = 0;
    while (replies.length < commands.length) {
      const parsed = parseReply(this.#received, at);
      if (parsed === null) {
        await new Promise<void>((resolve) => (this.#arrived = resolve));
        continue;
      }
      replies.push(parsed.value);
      at = parsed.next;
    }
    this.#received = this.#received.slice(at);
    return replies;
  }

  /** Another connection to the same Redis. */
  async connectAnother(): Promise<RedisProcess> {
    return new RedisProcess(this.#directory, this.#child, await connect(join(this.#directory, "socket")));
  }

  /** The number of this connection. Ask before it waits for something. */
  async id(): Promise<string> {
    this.#id ??= String((await this.run([["client", "id"]]))[0]).slice(1);
    return this.#id;
  }

  disconnect(): void {
    this.#socket.destroy();
  }

  stop(): void {
    this.#socket.destroy();
    this.#child.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
