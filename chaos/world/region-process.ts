import { writeFileSync, rmSync } from "node:fs";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { ChildProgram, StartFailedError, type Program } from "./child-program.ts";
import type { WorldSecrets } from "./secrets.ts";

/** What `antipode node --ready-json` prints: every address as HOST:PORT. */
export interface NodeReady {
  readonly region: string;
  readonly resp: string;
  readonly rest: string;
  readonly gossip: string;
  readonly admin: string;
  readonly pid: number;
}

/** The doors of a region, HOST:PORT each. */
export interface Doors {
  readonly resp: string;
  readonly rest: string;
  readonly gossip: string;
  readonly admin: string;
}

export interface RegionPlan {
  readonly name: string;
  readonly doors: Doors;
  readonly dataDir: string;
  /** Name and gossip address of each peer, as this region dials it. */
  readonly peers: readonly (readonly [name: string, address: string])[];
  readonly args: readonly string[];
  readonly program: Program;
  readonly secrets: WorldSecrets;
  readonly startTimeoutMs: number;
  /** Whether its clock and its disk can be put wrong. */
  readonly faults: boolean;
}

/** Lets a stopped process go on when our end of the pipe is closed: by us, or by our death. */
const CONTINUE_WHEN_INPUT_ENDS = 'read -r _; kill -CONT "$0"';

/**
 * One region as a process that can be started, killed, frozen and started again on the addresses and the data it had. Its wall clock
 * and the health of its disk are files beside its data (`ANTIPODE_TEST_CLOCK_FILE`, `ANTIPODE_FAIL_WRITES_WHILE`).
 */
export class RegionProcess {
  #plan: RegionPlan;
  #running: ChildProgram<NodeReady> | null = null;
  #guard: ChildProcess | null = null;

  constructor(plan: RegionPlan) {
    this.#plan = plan;
  }

  get plan(): RegionPlan {
    return this.#plan;
  }

  /** The program as it runs or last ran. Throws when it never did. */
  get node(): ChildProgram<NodeReady> {
    if (this.#running === null) throw new StartFailedError(`${this.#plan.name} was never started`);
    return this.#running;
  }

  get running(): boolean {
    return this.#running?.running === true;
  }

  /** Changes how it is started from the next time on. */
  replan(change: Partial<Pick<RegionPlan, "dataDir" | "program" | "args" | "peers">>): void {
    this.#plan = { ...this.#plan, ...change };
  }

  /** Rejects when it does not serve within `withinMs`: a region that is no member, or no longer, never does. */
  async start(withinMs = this.#plan.startTimeoutMs): Promise<void> {
    const { name, doors, dataDir, peers, args, program, secrets, faults } = this.#plan;
    const words = ["node", "--region", name, "--data", dataDir];
    for (const [door, address] of Object.entries(doors)) words.push(`--${door}`, address as string);
    for (const [peer, address] of peers) words.push("--peer", `${peer}=ws://${address}`);
    const environment = {
      ANTIPODE_TOKEN: secrets.token,
      ANTIPODE_READ_ONLY_TOKEN: secrets.readOnlyToken,
      ANTIPODE_SECRET: secrets.secret,
      ...(faults ? { ANTIPODE_TEST_CLOCK_FILE: this.#besides("clock") } : {}),
      ...(faults ? { ANTIPODE_FAIL_WRITES_WHILE: this.#besides("disk-is-full") } : {}),
    };
    this.#running = await ChildProgram.start(name, program, [...words, ...args], environment, withinMs);
  }

  /** Its wall clock is wrong by so much from now on, and goes wrong further by `driftPpm` microseconds a second. */
  setClock(offsetMs: number, driftPpm: number): void {
    writeFileSync(this.#besides("clock"), `${Math.round(offsetMs)} ${Math.round(driftPpm)}`);
  }

  /** While broken, every write of its log fails with ENOSPC. */
  setDiskFull(full: boolean): void {
    if (full) writeFileSync(this.#besides("disk-is-full"), "");
    else rmSync(this.#besides("disk-is-full"), { force: true });
  }

  /** Stops the process where it stands, sockets open: it neither answers nor goes away. */
  async freeze(): Promise<void> {
    const { pid } = this.node;
    this.#guard = spawn("/bin/sh", ["-c", CONTINUE_WHEN_INPUT_ENDS, String(pid)], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.node.signal("SIGSTOP");
    await Promise.resolve();
  }

  async thaw(): Promise<void> {
    const guard = this.#guard;
    this.#guard = null;
    if (guard === null) return;
    const ended = new Promise((resolve) => guard.once("exit", resolve));
    guard.stdin!.end();
    await ended;
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
    await this.thaw();
  }

  async stop(timeoutMs: number): Promise<void> {
    await this.thaw();
    await this.#running?.stop(timeoutMs);
  }

  #besides(what: string): string {
    // Not in the data directory: that one is lost, copied and put back.
    return join(this.#plan.dataDir, "..", `${this.#plan.name}.${what}`);
  }
}
