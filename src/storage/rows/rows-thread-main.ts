import { parentPort, workerData } from "node:worker_threads";
import type { RowChange } from "../rows-port.ts";
import { LmdbWriter, openStore } from "./lmdb-writer.ts";
import { changesOf } from "./row-blocks.ts";
import type { RowsThreadAnswer, RowsThreadRequest, RowsThreadStart } from "./rows-thread.ts";

/** The thread that writes checkpoints: it gathers the blocks of one and commits them. Blocks of one that never came whole go with the next. */

const { path, state } = workerData as RowsThreadStart;
const handing = new Int32Array(state);
const port = parentPort!;
const store = openStore(path);
const writer = new LmdbWriter(store);
let last: Promise<void> = Promise.resolve();
let blocks: { readonly block: ArrayBuffer; readonly length: number }[] = [];

port.on("message", (request: RowsThreadRequest) => {
  if (request.kind === "rows") blocks.push(request);
  else if (request.kind === "commit") last = commit(request.clear, request.head);
  else void last.then(() => store.close()).then(() => port.close());
});

async function commit(clear: boolean, head: Uint8Array): Promise<void> {
  const gathered = blocks;
  blocks = [];
  let refusal: string | null = null;
  try {
    const committing = writer.commit({ clear, head: Buffer.from(head), changes: allOf(gathered) });
    handedOver();
    await committing;
  } catch (error) {
    handedOver();
    refusal = error instanceof Error ? error.message : String(error);
  }
  const answer: RowsThreadAnswer = { refusal };
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  port.postMessage(answer);
}

/** LMDB has all of it, or refuses it: from now on this thread may be ended. */
function handedOver(): void {
  Atomics.store(handing, 0, 0);
  Atomics.notify(handing, 0);
}

function allOf(gathered: typeof blocks): readonly RowChange[] {
  return gathered.flatMap(({ block, length }) => [...changesOf(block, length)]);
}
