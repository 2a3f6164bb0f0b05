import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { closeWritten, openStore, writeCheckpoint } from "./lmdb-writer.ts";
import type { RowsThreadAnswer, RowsThreadRequest, RowsThreadStart } from "./rows-thread.ts";

/** The thread that writes checkpoints. */

/** Of the processor, where there are fewer than there is work: a quarter beside a thread that wants all of it. */
const NICENESS = 5;

// Linux has priorities of threads, others of processes.
if (process.platform === "linux") {
  try {
    setPriority(NICENESS);
  } catch {
    // It is not allowed to everybody, and only a nicety.
  }
}

const { path, state } = workerData as RowsThreadStart;
const writing = new Int32Array(state);
const port = parentPort!;
const store = openStore(path);

port.on("message", (request: RowsThreadRequest) => {
  if (request.kind === "close") void closeWritten(store).finally(() => port.close());
  else answer(write(request));
});

function write({ head, clear, blocks }: Extract<RowsThreadRequest, { readonly kind: "commit" }>): string | null {
  try {
    writeCheckpoint(store, { head: Buffer.from(head), clear, blocks });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    // From now on this thread may be ended.
    Atomics.store(writing, 0, 0);
    Atomics.notify(writing, 0);
  }
}

function answer(refusal: string | null): void {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  port.postMessage({ refusal } satisfies RowsThreadAnswer);
}
