import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** How the programs under test are started: the same command line a user would type. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Lines of standard error kept of each child, for when it fails. */
const STDERR_LINES_MAX = 200;

/** The program ended before it was ready, or never became ready. `output` holds its last lines. */
export class StartFailedError extends Error {
  override readonly name = "StartFailedError";
}

/**
 * One running program: started with `--ready-json`, known by its process id, ended by it. Its standard output holds exactly one
 * line, the addresses it has bound; its standard error is kept for the story of a failure.
 */
export class ChildProgram<Ready> {
  readonly name: string;
  readonly ready: Ready;
  readonly #child: ChildProcess;
  readonly #stderr: string[];
  readonly #ended: Promise<number | null>;

  private constructor(
    name: string,
    child: ChildProcess,
    ready: Ready,
    stderr: string[],
    ended: Promise<number | null>,
  ) {
    this.name = name;
    this.#child = child;
    this.ready = ready;
    this.#stderr = stderr;
    this.#ended = ended;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last lines it wrote to standard error. */
  get stderr(): readonly string[] {
    return this.#stderr;
  }

  /** Resolves to the exit code, null after a signal. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** Asks it to drain; kills it when that takes longer than `timeoutMs`. */
  async stop(timeoutMs: number): Promise<number | null> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  static async start<Ready>(
    name: string,
    program: Program,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<ChildProgram<Ready>> {
    const child = spawn(program.command, [...program.args, ...args, "--ready-json"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ANTIPODE_STOP_WITH_PARENT: String(process.pid), ...environment },
      // Ctrl-C reaches the foreground group: children of their own groups are ended by us, in order.
      detached: true,
    });
    const stderr: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      stderr.push(line);
      if (stderr.length > STDERR_LINES_MAX) stderr.shift();
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once("exit", (code) => resolve(code));
      child.once("error", (error) => {
        stderr.push(error.message);
        resolve(-1);
      });
    });
    const line = await firstLine(child, ended, timeoutMs);
    if (line === null) {
      child.kill("SIGKILL");
      throw new StartFailedError(`${name} did not start: ${plain(stderr.at(-1) ?? "no output")}`);
    }
    return new ChildProgram(name, child, JSON.parse(line) as Ready, stderr, ended);
  }
}

function firstLine(child: ChildProcess, ended: Promise<unknown>, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), timeoutMs);
    const settle = (line: string | null): void => {
      clearTimeout(timer);
      resolve(line);
    };
    createInterface({ input: child.stdout! }).once("line", settle);
    void ended.then(() => settle(null));
  });
}

/** A structured log line reduced to what a person wants to read. */
function plain(line: string): string {
  try {
    const parsed = JSON.parse(line) as { msg?: string; error?: string };
    return [parsed.msg, parsed.error].filter(Boolean).join(": ");
  } catch {
    return line;
  }
}
