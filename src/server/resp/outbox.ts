import type { Socket } from "node:net";
import { passing } from "../../base/crash-points.ts";
import type { Recheck } from "../../commands/executor.ts";
import { encodeLongReply, encodeReply, type ProtocolVersion } from "../../resp/reply-encoder.ts";
import { SeriesReply, type Reply } from "../../resp/reply.ts";
import { OutputQueue } from "./output-queue.ts";
import type { RespTraffic } from "./traffic.ts";

/** Replies as bytes, from the command that answered to the socket: encoded, held in order, written in one go. */
export class Outbox {
  readonly #socket: Socket;
  readonly #traffic: RespTraffic;
  readonly #queue = new OutputQueue();
  /** A command of this connection is running: messages that it causes to itself come after its reply. */
  #isRunning = false;
  #afterReply: Reply[] = [];

  constructor(socket: Socket, traffic: RespTraffic) {
    this.#socket = socket;
    this.#traffic = traffic;
  }

  /** Output that has not left the process. */
  get bytes(): number {
    return this.queuedBytes + this.unsentBytes;
  }

  /** Held, or ready to be written. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Written to the socket, whose other end has not taken it. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get isHolding(): boolean {
    return this.#queue.isHolding;
  }

  get isReady(): boolean {
    return this.#queue.isReady;
  }

  /** What the other side has ever taken. */
  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  /** A command's reply, to leave once the log is durable up to `lsn`. */
  reply(reply: Reply, protocol: ProtocolVersion, lsn: number, durableLsn: number, recheck?: Recheck): void {
    if (reply instanceof SeriesReply) {
      // No reply that could turn out to be unknown: what was subscribed to stays so.
      this.#queue.push(encodeReply(reply, protocol));
      return;
    }
    const textInstead = recheck === undefined ? null : asText(recheck, protocol);
    let text: string;
    try {
      text = encodeReply(reply, protocol);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const [first, ...more] = encodeLongReply(reply, protocol);
      this.#queue.reply(first!, lsn, durableLsn, textInstead, more);
      return;
    }
    this.#queue.reply(text, lsn, durableLsn, textInstead);
  }

  /** A command begins; `settle` follows once it is answered. */
  begin(): void {
    this.#isRunning = true;
  }

  settle(protocol: ProtocolVersion): void {
    this.#isRunning = false;
    if (this.#afterReply.length === 0) return;
    const messages = this.#afterReply;
    this.#afterReply = [];
    for (const message of messages) this.push(message, protocol);
  }

  /** An out-of-band message. */
  push(message: Reply, protocol: ProtocolVersion): void {
    if (this.#isRunning) this.#afterReply.push(message);
    else this.#queue.push(encodeReply(message, protocol));
  }

  /** Every held reply becomes this one. */
  abandon(reply: Reply, protocol: ProtocolVersion): void {
    this.#queue.abandon(encodeReply(reply, protocol));
  }

  release(durableLsn: number): void {
    this.#queue.release(durableLsn);
  }

  /** Writes what may leave. */
  send(): void {
    passing("reply-before-send");
    const first = this.#queue.take();
    const several = this.#queue.isReady;
    if (several) this.#socket.cork();
    for (let text = first; text !== ""; text = several ? this.#queue.take() : "") {
      this.#traffic.bytesSent += text.length;
      this.#socket.write(text, "latin1");
    }
    if (several) this.#socket.uncork();
    passing("reply-sent");
  }
}

// A function of its own: what a closure captures costs the function around it an object, whether the closure is made or not.
function asText(recheck: Recheck, protocol: ProtocolVersion): () => string | null {
  return () => {
    const reply = recheck();
    return reply === null ? null : encodeReply(reply, protocol);
  };
}
