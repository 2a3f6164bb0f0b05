export type KillAnswer = "killed" | "not-busy" | "unkillable" | "other-kind";

/**
 * Shared with other threads: what runs, and the wish that it end. The thread that runs scripts serves nobody while one runs, so
 * whoever asks for the end of one asks from another thread.
 */
export class KillSwitch {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** A run begins: what it is decides which of SCRIPT KILL and FUNCTION KILL reaches it. */
  begin(kind: "script" | "function"): void {
    Atomics.store(this.#words, WANTED, 0);
    Atomics.store(this.#words, WROTE, 0);
    Atomics.store(this.#words, RUNNING, kind === "script" ? SCRIPT : FUNCTION);
  }

  end(): void {
    Atomics.store(this.#words, RUNNING, 0);
  }

  wrote(): void {
    Atomics.store(this.#words, WROTE, 1);
  }

  get wanted(): boolean {
    return Atomics.load(this.#words, WANTED) !== 0;
  }

  /** From any thread: what runs now. */
  get running(): "script" | "function" | null {
    const running = Atomics.load(this.#words, RUNNING);
    if (running === 0) return null;
    return running === SCRIPT ? "script" : "function";
  }

  /** From any thread: what runs, or ran last, is known to have written. */
  get hasWritten(): boolean {
    return Atomics.load(this.#words, WROTE) !== 0;
  }

  /** From any thread: asks for the end of what runs. */
  kill(kind: "script" | "function"): KillAnswer {
    const running = Atomics.load(this.#words, RUNNING);
    if (running === 0) return "not-busy";
    if (this.hasWritten) return "unkillable";
    if (running !== (kind === "script" ? SCRIPT : FUNCTION)) return "other-kind";
    Atomics.store(this.#words, WANTED, 1);
    return "killed";
  }
}

const RUNNING = 0;
const WROTE = 1;
const WANTED = 2;
const WORDS = 4;
const SCRIPT = 1;
const FUNCTION = 2;
