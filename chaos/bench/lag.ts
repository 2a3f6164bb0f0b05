import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { build } from "hdr-histogram-js";
import { encodeCommand } from "../../src/resp/command-encoder.ts";
import { ReplyDecoder } from "../../src/resp/reply-decoder.ts";
import type { Reply } from "../../src/resp/reply.ts";

export interface LagResult {
  readonly rate: number;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Writes that were sent later than planned by more than 5 ms: the probe itself was too slow. */
  readonly late: number;
}

const MICROS = 1000;
const TURN_MS = 1;
const LATE_MS = 5;
const GIVE_UP_MS = 10_000;

/**
 * Replication lag, open loop: writes are due at absolute times whatever happens, and each is timed from when it was *acknowledged*
 * here to when it is visible there. One key holds a number that only rises, so a reader that sees n has seen all up to n; the
 * reader asks again as soon as it is answered, which bounds the error by one round trip on loopback.
 *
 * It shares the machine with what it measures: a client library in its place took as much of two cores as a region, and added
 * up to 5 ms to the 99th percentile.
 */
export async function measureLag(
  write: { readonly host: string; readonly port: number },
  read: { readonly host: string; readonly port: number },
  rate: number,
  seconds: number,
): Promise<LagResult> {
  const count = rate * seconds;
  const ackedMs = new Float64Array(count + 1);
  const seenMs = new Float64Array(count + 1);
  const key = `lag:${rate}:${Math.round(performance.now())}`;
  let acked = 0;
  let seen = 0;
  let late = 0;
  let sent = 0;
  let failure: Error | null = null;
  const fail = (error: Error): void => void (failure ??= error);
  const writer = await Asker.connect(write, fail, (reply, nowMs) => {
    if (reply instanceof Error) fail(reply);
    ackedMs[++acked] = nowMs;
  });
  const reader = await Asker.connect(read, fail, (reply, nowMs) => {
    if (reply instanceof Error) fail(reply);
    for (const value = Number(reply); seen < value; seen++) seenMs[seen + 1] = nowMs;
    reader.ask([["GET", key]]);
  });
  reader.ask([["GET", key]]);
  const startMs = performance.now();
  const turn = async (holds: () => boolean): Promise<boolean> => {
    if (failure !== null) throw failure;
    if (!holds()) return false;
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    return true;
  };
  try {
    do {
      const nowMs = performance.now();
      const due = Math.min(count, Math.floor(((nowMs - startMs) / 1000) * rate) + 1);
      const commands: string[][] = [];
      while (sent < due) {
        const index = ++sent;
        if (nowMs - (startMs + (index / rate) * 1000) > LATE_MS) late++;
        commands.push(["SET", key, String(index)]);
      }
      writer.ask(commands);
    } while (await turn(() => sent < count));
    const giveUpMs = performance.now() + GIVE_UP_MS;
    while (await turn(() => acked < count || seen < count)) {
      if (performance.now() > giveUpMs) throw new Error(`${seen} of ${count} writes were seen, ${acked} acknowledged`);
    }
  } finally {
    writer.end();
    reader.end();
  }
  const histogram = build({ highestTrackableValue: 60_000 * MICROS, numberOfSignificantValueDigits: 3 });
  for (let index = 1; index <= count; index++) {
    histogram.recordValue(Math.max(1, Math.round((seenMs[index]! - ackedMs[index]!) * MICROS)));
  }
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / MICROS;
  return {
    rate,
    samples: histogram.totalCount,
    p50Ms: at(50),
    p99Ms: at(99),
    maxMs: histogram.maxValue / MICROS,
    late,
  };
}

/** One connection, whose commands are written and whose replies are told as they come. */
class Asker {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(
    address: { readonly host: string; readonly port: number },
    fail: (error: Error) => void,
    tell: (reply: Reply, nowMs: number) => void,
  ): Promise<Asker> {
    const socket = connect({ ...address, noDelay: true });
    await once(socket, "connect");
    const decoder = new ReplyDecoder();
    socket.on("error", fail);
    socket.on("end", () => fail(new Error("the server closed the connection")));
    socket.on("data", (chunk: Buffer) => {
      const nowMs = performance.now();
      decoder.feed(chunk);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) tell(reply, nowMs);
    });
    return new Asker(socket);
  }

  ask(commands: readonly (readonly string[])[]): void {
    if (commands.length > 0 && !this.#socket.destroyed)
      this.#socket.write(commands.map(encodeCommand).join(""), "latin1");
  }

  end(): void {
    this.#socket.destroy();
  }
}
