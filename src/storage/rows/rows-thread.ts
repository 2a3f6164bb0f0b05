import { Worker } from "node:worker_threads";
import { passing } from "../../base/crash-points.ts";
import type { Checkpoint } from "../rows-port.ts";
import { RowBlockPacker } from "./row-blocks.ts";
import type { RowsWriter } from "./rows-writer.ts";

/** What the thread is started with. */
export interface RowsThreadStart {
  readonly path: string;
  /** One 32-bit word: HANDING from when a checkpoint is asked for until LMDB has been given all of it. */
  readonly state: SharedArrayBuffer;
}

const HANDING = 1;

/** To the thread: blocks of a checkpoint's changes, then what makes it whole. */
export type RowsThreadRequest =
  | { readonly kind: "rows"; readonly block: ArrayBuffer; readonly length: number }
  | { readonly kind: "commit"; readonly clear: boolean; readonly head: Uint8Array }
  | { readonly kind: "close" };

/** From it, one for each `commit`. `refusal` is null when it is durable. */
export interface RowsThreadAnswer {
  readonly refusal: string | null;
}

/** The thread's program, as it is built. */
export const ROWS_THREAD = new URL("./rows-thread-main.js", import.meta.url);

/** A thread that has nothing to do for so long ends: what it needed for a large checkpoint is then the system's again. */
const IDLE_MS = 1000;
/** Changes packed in one turn: about a millisecond. */
const PACKED_A_TURN = 2048;
/** How long an exit of the process waits for the thread to have handed over what it has. It takes tenths of a second. */
const EXIT_PATIENCE_MS = 5000;

/**
 * Checkpoints written on another thread. LMDB itself writes on one of its own in any case, but all changes of a checkpoint have to be
 * handed to it in one turn: 65,536 rows of 1 KB held up the thread that serves clients for 50 to 160 ms. Here they are packed a few at a
 * time, and handed over there.
 *
 * It is started for a checkpoint, in 40 ms, and ends when none follows soon. One that ends by itself fails the checkpoint it had, and
 * the next one starts another. But a thread that is ended while it hands over leaves LMDB's waiting for the rest, for ever, and with it
 * whoever waits for the process to end: an exit waits for that moment to pass.
 */
export class RowsThread implements RowsWriter {
  readonly #path: string;
  readonly #program: URL;
  readonly #shared = new SharedArrayBuffer(4);
  readonly #state = new Int32Array(this.#shared);
  #worker: Worker | null = null;
  /** The last one that was started has ended. */
  #ended: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #settle: ((error: Error | null) => void) | null = null;
  #closed = false;
  readonly #onExit = (): void => {
    if (Atomics.load(this.#state, 0) !== HANDING) return;
    if (Atomics.wait(this.#state, 0, HANDING, EXIT_PATIENCE_MS) === "timed-out") process.kill(process.pid, "SIGKILL");
  };

  /** `path`: a store that the caller has open. */
  constructor(path: string, program: URL) {
    this.#path = path;
    this.#program = program;
    process.on("exit", this.#onExit);
  }

  async commit(checkpoint: Checkpoint): Promise<void> {
    this.#rest();
    // One that is on its way out: two would do no harm, but whoever closes waits for the last alone.
    if (this.#worker === null) await this.#ended;
    if (this.#closed) throw new Error("rows cannot be written: they are closed");
    if (this.#settle !== null) throw new Error("rows cannot be written: a checkpoint is being written");
    const worker = this.#worker ?? this.#start();
    const committed = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === null ? resolve() : reject(error));
    });
    // It may be refused while the changes are still being packed.
    committed.catch(() => {});
    worker.ref();
    try {
      await this.#send(worker, checkpoint);
      await committed;
    } finally {
      this.#settle = null;
      if (this.#worker === worker) {
        worker.unref();
        this.#idle = setTimeout(() => this.#dismiss(), IDLE_MS);
        this.#idle.unref();
      }
    }
  }

  /** A checkpoint that is being written fails. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rest();
    this.#dismiss();
    await this.#ended;
    process.off("exit", this.#onExit);
  }

  async #send(worker: Worker, { changes, clear, head }: Checkpoint): Promise<void> {
    const send = (request: RowsThreadRequest, memory: readonly ArrayBuffer[] = []): void => {
      worker.postMessage(request, memory);
    };
    const packer = new RowBlockPacker((block, length) => send({ kind: "rows", block, length }, [block]));
    for (let next = 0; next < changes.length; next += PACKED_A_TURN) {
      for (const change of changes.slice(next, next + PACKED_A_TURN)) packer.add(change);
      await new Promise((resolve) => setImmediate(resolve));
      // It ended, or was told to.
      if (this.#worker !== worker) return;
    }
    packer.end();
    Atomics.store(this.#state, 0, HANDING);
    send({ kind: "commit", clear, head });
    passing("checkpoint-committing");
  }

  #rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
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
    worker.on("message", ({ refusal }: RowsThreadAnswer) =>
      this.#settle?.(refusal === null ? null : new Error(refusal)),
    );
    worker.on("error", (error) => (failure = error.message));
    this.#ended = new Promise((resolve) => {
      worker.once("exit", (code) => {
        const why = failure ?? (this.#worker === worker ? `exit code ${code}` : "it was closed");
        if (this.#worker === worker) this.#worker = null;
        Atomics.store(this.#state, 0, 0);
        this.#settle?.(new Error(`rows cannot be written: the thread that writes them ended (${why})`));
        resolve();
      });
    });
    this.#worker = worker;
    return worker;
  }
}
