import { Worker } from "node:worker_threads";
import { passing } from "../../base/crash-points.ts";
import type { Checkpoint } from "../rows-port.ts";
import { RowBlockPacker } from "./row-blocks.ts";
import type { RowsWriter } from "./rows-writer.ts";

/** What the thread is started with. */
export interface RowsThreadStart {
  readonly path: string;
}

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

/**
 * Checkpoints written on another thread. LMDB itself writes on one of its own in any case, but all changes of a checkpoint have to be
 * handed to it in one turn: 65,536 rows of 1 KB held up the thread that serves clients for 50 to 160 ms. Here they are packed a few at a
 * time, and handed over there.
 *
 * It is started for a checkpoint, in 40 ms, and ends when none follows soon. One that ends by itself fails the checkpoint it had, and
 * the next one starts another.
 */
export class RowsThread implements RowsWriter {
  readonly #path: string;
  readonly #program: URL;
  #worker: Worker | null = null;
  /** The last one, on its way out. */
  #leaving: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #settle: ((error: Error | null) => void) | null = null;

  /** `path`: a store that the caller has open. */
  constructor(path: string, program: URL) {
    this.#path = path;
    this.#program = program;
  }

  async commit({ changes, clear, head }: Checkpoint): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    await this.#leaving;
    const worker = this.#worker ?? this.#start();
    const committed = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = null;
        if (error === null) resolve();
        else reject(error);
      };
    });
    worker.ref();
    // It may be refused while the changes are still being packed.
    committed.catch(() => {});
    const send = (request: RowsThreadRequest, memory: readonly ArrayBuffer[] = []): void => {
      worker.postMessage(request, memory);
    };
    const packer = new RowBlockPacker((block, length) => send({ kind: "rows", block, length }, [block]));
    for (let next = 0; next < changes.length; next += PACKED_A_TURN) {
      for (const change of changes.slice(next, next + PACKED_A_TURN)) packer.add(change);
      await new Promise((resolve) => setImmediate(resolve));
    }
    packer.end();
    send({ kind: "commit", clear, head });
    passing("checkpoint-committing");
    try {
      await committed;
    } finally {
      worker.unref();
      this.#idle = setTimeout(() => this.#dismiss(), IDLE_MS);
      this.#idle.unref();
    }
  }

  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#dismiss();
    await this.#leaving;
  }

  #dismiss(): void {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    worker.ref();
    this.#leaving = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage({ kind: "close" } satisfies RowsThreadRequest, []);
  }

  #start(): Worker {
    const workerData: RowsThreadStart = { path: this.#path };
    const worker = new Worker(this.#program, { workerData, execArgv: [] });
    // Idle, it keeps no process alive.
    worker.unref();
    worker.on("message", ({ refusal }: RowsThreadAnswer) =>
      this.#settle?.(refusal === null ? null : new Error(refusal)),
    );
    worker.on("error", (error) => this.#ended(worker, error.message));
    worker.on("exit", (code) => this.#ended(worker, `exit code ${code}`));
    this.#worker = worker;
    return worker;
  }

  #ended(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#settle?.(new Error(`rows cannot be written: the thread that writes them ended (${why})`));
  }
}
