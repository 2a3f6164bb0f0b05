import { connect, type Socket } from "node:net";
import { hostAndPort } from "../../links/link.ts";

/** What is asked again and again, and how to tell where an answer ends. */
export interface Question {
  readonly next: () => Buffer;
  /** Bytes of a whole answer at the beginning of these; 0 while some are missing. Throws where it is no good one. */
  readonly answerBytes: (received: Buffer) => number;
}

export interface DriveResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const VALUE = "x".repeat(256);

/** SET of 256 bytes. */
export function respQuestion(): Question {
  const bytes = Buffer.from(`*3\r\n$3\r\nSET\r\n$7\r\nbench:r\r\n$${VALUE.length}\r\n${VALUE}\r\n`);
  return {
    next: () => bytes,
    answerBytes: (received) => {
      const end = received.indexOf("\r\n");
      if (end >= 0 && received[0] !== 43) throw new Error(`SET was answered ${received.toString("latin1", 0, 80)}`);
      return end < 0 ? 0 : end + 2;
    },
  };
}

/** GET of 256 bytes over REST. */
export function httpQuestion(address: string, token: string): Question {
  const request = Buffer.from(
    `GET /get/bench:r HTTP/1.1\r\nHost: ${address}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  return { next: () => request, answerBytes: httpAnswerBytes };
}

/** Bytes of one HTTP answer of known length; 0 while some are missing. Throws where it is not 200. */
export function httpAnswerBytes(received: Buffer): number {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const text = received.toString("latin1", 0, headEnd);
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(`a request was answered ${text.slice(0, 80)}`);
  const length = Number(/\r\ncontent-length: *(\d+)/iu.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error("the answer has no length");
  const whole = headEnd + 4 + length;
  return received.length < whole ? 0 : whole;
}

/** So many connections, each asking as soon as it was answered, for a while; the first tenth does not count. */
export async function drive(
  address: string,
  question: Question,
  connections: number,
  milliseconds: number,
): Promise<DriveResult> {
  const times: number[] = [];
  const startMs = performance.now() + milliseconds / 10;
  const endMs = startMs + milliseconds;
  await Promise.all(
    Array.from({ length: connections }, () =>
      ask(
        address,
        question,
        (nowMs) => nowMs < endMs,
        (tookMs, atMs) => {
          if (atMs >= startMs) times.push(tookMs);
        },
      ),
    ),
  );
  const sorted = Float64Array.from(times).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { perSecond: (sorted.length * 1000) / milliseconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/**
 * So many questions in all, however long they take: to have data there, and a warm process. Throws when some were not answered.
 */
export async function askTimes(address: string, question: Question, connections: number, count: number): Promise<void> {
  let asked = 0;
  let answered = 0;
  const another = (): boolean => asked < count && ++asked > 0;
  const note = (): void => void answered++;
  await Promise.all(Array.from({ length: connections }, () => ask(address, question, another, note)));
  if (answered < count) throw new Error(`${address} answered ${answered} of ${count} requests`);
}

function ask(
  address: string,
  question: Question,
  goesOn: (nowMs: number) => boolean,
  note: (tookMs: number, atMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...hostAndPort(address), noDelay: true });
    let rest: Buffer = Buffer.alloc(0);
    let askedMs = 0;
    const next = (): void => {
      askedMs = performance.now();
      if (goesOn(askedMs)) socket.write(question.next());
      else socket.destroy();
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      try {
        const whole = question.answerBytes(rest);
        if (whole === 0) return;
        rest = rest.subarray(whole);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        socket.destroy();
        return;
      }
      const nowMs = performance.now();
      note(nowMs - askedMs, nowMs);
      next();
    });
  });
}

/** Opens so many connections that have asked once and are silent since. */
export async function openIdle(address: string, question: Question, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened++) {
    sockets.push(
      await new Promise<Socket>((resolve, reject) => {
        const socket = connect(hostAndPort(address));
        socket.on("error", reject);
        socket.once("connect", () => socket.write(question.next()));
        socket.once("data", () => resolve(socket));
      }),
    );
  }
  return sockets;
}
