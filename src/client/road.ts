import { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { ClientRegion } from "./region-list.ts";
import type { RegionWatch } from "./region-watch.ts";
import { openStream } from "./resp-wire.ts";

/** A connection of the program to the region in use, or why there is none. */
export type Road =
  | { readonly kind: "open"; readonly stream: Socket; readonly region: string }
  | { readonly kind: "none"; readonly error: Error };

/**
 * Opens a connection to the region in use, or to the next best one that takes it. It is watched from then on: when its region goes down
 * it is destroyed at once, when another is taken for other reasons once it is quiet. Its owner then opens another.
 */
export async function openRoad(watch: RegionWatch, tls: ConnectionOptions): Promise<Road> {
  let error = new Error("no region is known");
  for (const region of watch.order()) {
    try {
      const [stream] = await Promise.all([connected(watch, region, tls), watch.settle(region)]);
      // It may have ended while the region caught up.
      if (stream.destroyed) throw new Error(`${region.name} closed the connection`);
      attend(watch, region.name, stream);
      return { kind: "open", stream, region: region.name };
    } catch (failure) {
      error = failure instanceof Error ? failure : new Error(String(failure));
      watch.failed(region.name, error.message);
    }
  }
  return { kind: "none", error };
}

function connected(watch: RegionWatch, region: ClientRegion, tls: ConnectionOptions): Promise<Socket> {
  const stream = openStream(region.resp!, tls);
  const event = "encrypted" in stream ? "secureConnect" : "connect";
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      stop();
      stream.destroy();
      reject(error);
    };
    const succeed = (): void => {
      stop();
      resolve(stream);
    };
    const { connectTimeoutMs } = watch.limits;
    const timer = setTimeout(() => fail(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    const endWatch = watch.on("region", ({ name, to, reason }) => {
      if (name === region.name && to === "down") fail(new Error(`${name} is down: ${reason ?? "no answer"}`));
    });
    const stop = (): void => {
      clearTimeout(timer);
      endWatch();
      stream.off("error", fail);
      stream.off(event, succeed);
    };
    stream.on("error", fail);
    // Later ones are followed by "close", which tells enough.
    stream.on("error", () => {});
    stream.once(event, succeed);
  });
}

/** Looks after a connection until it closes. */
function attend(watch: RegionWatch, region: string, stream: Socket): void {
  const { tokenAfterMs, quietMs, moveWithinMs } = watch.limits;
  const traffic = new Traffic(stream);
  let leavingSinceMs: number | null = null;
  let counted = 0;
  const step = (): void => {
    if (traffic.count !== counted) watch.touched();
    counted = traffic.count;
    const leaves = watch.leaves(region);
    if (leaves === "now") return void stream.destroy();
    if (leaves === "when-quiet") {
      const nowMs = performance.now();
      leavingSinceMs ??= nowMs;
      // Replies to what was sent at once come at once: after two round trips of silence none is missing.
      const patienceMs = Math.max(quietMs, 2 * (watch.sights().find(({ name }) => name === region)?.latencyMs ?? 0));
      const isQuiet = !traffic.isAnswerOwed && nowMs - traffic.lastMs >= patienceMs;
      if (isQuiet || nowMs - leavingSinceMs > moveWithinMs) return void stream.destroy();
    } else {
      leavingSinceMs = null;
    }
    timer = setTimeout(step, leaves === "stays" ? tokenAfterMs : quietMs / 4).unref();
  };
  let timer = setTimeout(step, tokenAfterMs).unref();
  const endWatch = watch.on("moved", () => {
    clearTimeout(timer);
    step();
  });
  stream.on("close", () => {
    clearTimeout(timer);
    endWatch();
    watch.doubt(region);
  });
}

/** Who spoke last on a connection, and when. Its owner notices nothing. */
class Traffic {
  /** The program has spoken since the region last did. */
  isAnswerOwed = false;
  lastMs = performance.now();
  /** Changes with everything that is said. */
  count = 0;

  constructor(stream: Socket) {
    const write = stream.write.bind(stream);
    stream.write = ((...words: Parameters<Socket["write"]>) => {
      this.#note(true);
      return write(...words);
    }) as Socket["write"];
    stream.on("data", () => this.#note(false));
  }

  #note(isAnswerOwed: boolean): void {
    this.isAnswerOwed = isAnswerOwed;
    this.lastMs = performance.now();
    this.count++;
  }
}

/** A stream that is over before it began: libraries that get one try again by their own rules. */
export function deadStream(): Socket {
  const stream = new Socket();
  stream.destroy();
  return stream;
}
