import type { ScriptCalls } from "../commands/scripting-port.ts";
import type { KillSwitch } from "./kill-switch.ts";
import { RunEnded } from "./run-ended.ts";

/** Milliseconds after which a run that has written is ended too: what it wrote stays, as after any error in the middle. */
const WRITER_MS = 30_000;
/** Milliseconds that a library may take to register its functions. */
const LOAD_MS = 500;

/** One run in progress, and when it must end. Asked from the machine's counting hook, and by libraries that loop outside Lua. */
export class RunWatch {
  readonly #nowMs: () => number;
  readonly #switch: KillSwitch;
  #calls: ScriptCalls | null = null;
  #startedMs = 0;
  #busyMs = 0;
  #loading = false;

  constructor(nowMs: () => number, killSwitch: KillSwitch) {
    this.#nowMs = nowMs;
    this.#switch = killSwitch;
  }

  /** The run's commands; null while a library is loaded and between runs. */
  get calls(): ScriptCalls | null {
    return this.#calls;
  }

  begin(kind: "script" | "function", calls: ScriptCalls, busyMs: number): void {
    this.#calls = calls;
    this.#busyMs = busyMs;
    this.#loading = false;
    this.#startedMs = this.#nowMs();
    this.#switch.begin(kind);
  }

  beginLoading(): void {
    this.#loading = true;
    this.#startedMs = this.#nowMs();
  }

  end(): void {
    this.#calls = null;
    this.#loading = false;
    this.#switch.end();
  }

  /** Milliseconds until the run has to end; 0: no limit. */
  leftMs(): number {
    if (this.#calls === null) return this.#loading ? LOAD_MS : 0;
    if (this.#busyMs === 0) return 0;
    return Math.max(1, this.#limitMs(this.#calls) - (this.#nowMs() - this.#startedMs));
  }

  #limitMs({ wrote }: ScriptCalls): number {
    return wrote ? Math.max(WRITER_MS, this.#busyMs) : this.#busyMs;
  }

  /** Throws RunEnded when the run has to end. `place`: asked when it has. */
  check(place: () => string | null): void {
    const elapsedMs = this.#nowMs() - this.#startedMs;
    if (this.#loading) {
      if (elapsedMs > LOAD_MS) throw this.tooLong(place());
      return;
    }
    if (this.#calls === null) return;
    const { wrote } = this.#calls;
    if (wrote) this.#switch.wrote();
    if (this.#switch.wanted && !wrote) {
      throw new RunEnded("ERR Script killed by user with SCRIPT KILL...", place());
    }
    if (this.#busyMs > 0 && elapsedMs >= this.#limitMs(this.#calls)) throw this.tooLong(place());
  }

  tooLong(place: string | null): RunEnded {
    if (this.#loading || this.#calls === null)
      return new RunEnded("ERR Error registering functions: ERR FUNCTION LOAD timeout", null);
    const limitMs = this.#limitMs(this.#calls);
    return new RunEnded(`ERR Script ended by the server: it ran for more than ${limitMs} ms`, place);
  }
}
