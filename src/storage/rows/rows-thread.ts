import { Worker } from "node:worker_threads";
import { passing } from "../../base/crash-points.ts";
import type { RowBlock } from "../row-changes.ts";
import type { Checkpoint } from "../rows-port.ts";
import type { RowsWriter } from "./rows-writer.ts";

/** What the thread is started with. */
export interface RowsThreadStart {
  readonly path: string;
  /** One 32-bit word: WRITING from when a checkpoint is handed over until it is written or refused. */
  readonly state: SharedArrayBuffer;
}

const WRITING = 1;

/** To the thread. The blocks' memory goes with it. */
export type RowsThreadRequest =
  | {
      readonly kind: "commit";
      readonly head: Uint8Array;
      readonly clear: boolean;
      readonly blocks: readonly RowBlock[];
    }
  | { readonly kind: "close" };

/** From it, one for each `commit`. `refusal` is null when it is durable. */
export interface RowsThreadAnswer {
  readonly refusal: string | null;
}

/** The thread's program, as it is built. */
export const ROWS_THREAD = new URL("./rows-thread-main.js", import.meta.url);

/** A thread that has nothing to do for so long ends: what it needed for a large checkpoint is then the system's again. */
const IDLE_MS = 1000;
/** A checkpoint that takes longer than this never ends: the thread died within it, or the disk stands still. */
const ANSWER_PATIENCE_MS = 120_000;
/** How long an exit of the process waits for the thread to have written what it has. It takes tenths of a second. */
const EXIT_PATIENCE_MS = 10_000;

const LOST = "rows cannot be written: the thread that writes them does not answer; the log holds everything, restart";

/**
 * Checkpoints written on another thread: it goes through LMDB's tree, and waits for the disk, while this one serves clients.
 *
 * It is started for a checkpoint, in 40 ms, and ends when none follows soon. One that ends by itself between checkpoints, or at its start,
 * fails the checkpoint it was given, and the next one starts another. But a thread that ends within a transaction leaves LMDB's lock taken
 * and waits for it itself: whoever ends the process would wait for ever too. So an exit waits for that moment to pass; and a thread
 * that died there, of memory that ran out, is found by its silence: unless it answers after all, no checkpoint is written any more until
 * the process is started again, and its end waits for nothing.
 */
export class RowsThread implements RowsWriter {
  readonly #path: string;
  readonly #program: URL;
  readonly #onRest: () => void;
  readonly #patienceMs: number;
  readonly #shared = new SharedArrayBuffer(4);
  readonly #state = new Int32Array(this.#shared);
  #worker: Worker | null = null;
  /** The last one that was started has ended. */
  #ended: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #settle: ((error: Error | null) => void) | null = null;
  #closed = false;
  /** It does not answer: most likely it died within a transaction. */
  #isLost = false;
  readonly #onExit = (): void => {
    if (Atomics.load(this.#state, 0) !== WRITING) return;
    const patienceMs = this.#isLost ? 0 : EXIT_PATIENCE_MS;
    if (Atomics.wait(this.#state, 0, WRITING, patienceMs) === "timed-out") process.kill(process.pid, "SIGKILL");
  };

  /** `path`: a store that the caller has open. `onRest`: the thread ended because nothing was to be written any more. */
  constructor(path: string, program: URL, onRest: () => void, patienceMs = ANSWER_PATIENCE_MS) {
    this.#patienceMs = patienceMs;
    this.#path = path;
    this.#program = program;
    this.#onRest = onRest;
    process.on("exit", this.#onExit);
  }

  async commit({ head, clear, changes }: Checkpoint): Promise<void> {
    if (this.#isLost) throw new Error(LOST);
    this.#rest();
    // One that is on its way out: two would do no harm, but whoever closes waits for the last alone.
    if (this.#worker === null) await this.#ended;
    if (this.#closed) throw new Error("rows cannot be written: they are closed");
    if (this.#settle !== null) throw new Error("rows cannot be written: a checkpoint is being written");
    const worker = this.#worker ?? this.#start();
    const committed = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === null ? resolve() : reject(error));
    });
    worker.ref();
    const silence = setTimeout(() => {
      this.#isLost = true;
      worker.unref();
      this.#settle?.(new Error(LOST));
    }, this.#patienceMs);
    try {
      Atomics.store(this.#state, 0, WRITING);
      const blocks = changes.take();
      const request: RowsThreadRequest = { kind: "commit", head, clear, blocks };
      const memory = blocks.map((block) => block.memory);
      worker.postMessage(request, memory);
      passing("checkpoint-committing");
      await committed;
    } finally {
      clearTimeout(silence);
      this.#settle = null;
      if (this.#worker === worker && !this.#isLost) {
        worker.unref();
        this.#idle = setTimeout(() => this.#restFor(worker), IDLE_MS);
        this.#idle.unref();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rest();
    // Its lock is still taken: the exit of the process is to be a hard one.
    if (this.#isLost) return;
    this.#dismiss();
    await this.#ended;
    process.off("exit", this.#onExit);
  }

  #rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
  }

  #restFor(worker: Worker): void {
    this.#dismiss();
    worker.once("exit", () => {
      if (this.#worker === null && !this.#closed) this.#onRest();
    });
  }

  #dismiss(): void {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    worker.ref();
    worker.postMessage({ kind: "close" } satisfies RowsThreadRequest, []);
  }

  #start(): Worker {
    const workerData: RowsThreadStart = { path: this.#path, state: this.#shared };
    const worker = new Worker(this.#program, { workerData, execArgv: [] });
    let failure: string | null = null;
    worker.on("message", ({ refusal }: RowsThreadAnswer) => {
      this.#isLost = false;
      this.#settle?.(refusal === null ? null : new Error(refusal));
    });
    worker.on("error", (error) => (failure = error.message));
    this.#ended = new Promise((resolve) => {
      worker.once("exit", (code) => {
        const why = failure ?? (this.#worker === worker ? `exit code ${code}` : "it was closed");
        if (this.#worker === worker) this.#worker = null;
        Atomics.store(this.#state, 0, 0);
        this.#isLost = false;
        this.#settle?.(new Error(`rows cannot be written: the thread that writes them ended (${why})`));
        resolve();
      });
    });
    this.#worker = worker;
    return worker;
  }
}
