import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Address } from "./node-options.ts";
import type { WatchThreadStart } from "./script-watch-thread.ts";

export interface RunningScriptWatch {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * While a script runs, the thread that runs it serves nobody: the end of one is asked for on another thread, by HTTP on an
 * address of its own. Rejects when the address cannot be had.
 */
export async function startScriptWatch(address: Address, shared: SharedArrayBuffer): Promise<RunningScriptWatch> {
  const workerData: WatchThreadStart = { ...address, shared };
  const worker = new Worker(new URL("./script-watch-thread.js", import.meta.url), { workerData });
  // An idle watch keeps no process alive.
  worker.unref();
  const [bound] = (await once(worker, "message")) as [string];
  return {
    address: bound,
    async close() {
      await worker.terminate();
    },
  };
}
