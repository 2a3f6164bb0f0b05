import type { Socket } from "node:net";
import type { BinaryString } from "../../base/bytes.ts";
import type { ClientSession } from "../../commands/client-session.ts";
import type { Done, Executor, Suspended } from "../../commands/executor.ts";
import { encodeReply } from "../../resp/reply-encoder.ts";
import type { Reply } from "../../resp/reply.ts";
import { ProtocolError, RequestDecoder } from "../../resp/request-decoder.ts";
import { OutputQueue } from "./output-queue.ts";
import type { RespLimits } from "./resp-limits.ts";

/** What a connection asks of its server. */
export interface WriteScheduler {
  /** It wants to write at the end of this turn: the server gathers them, so that each connection writes once. */
  schedule(connection: Connection): void;
  /** It holds replies back until the log is durable further: `durable` is to be called. */
  holds(connection: Connection): void;
}

/**
 * One client over TCP: bytes in, commands in order, replies out in order, each held until what it tells is durable. A command
 * that waits holds back the later ones of its own connection and nobody else's. A client that does not read, or sends more
 * than is answered, is not read from until it does.
 */
export class Connection {
  readonly session: ClientSession;
  readonly #socket: Socket;
  readonly #executor: Executor;
  readonly #limits: RespLimits;
  readonly #scheduler: WriteScheduler;
  readonly #decoder: RequestDecoder;
  readonly #output = new OutputQueue();
  #suspended: Suspended | null = null;
  /** No more commands are read: the connection ends once its output is written. */
  #closing = false;
  #scheduled = false;
  #paused = false;
  #working = false;

  constructor(
    socket: Socket,
    session: ClientSession,
    executor: Executor,
    limits: RespLimits,
    scheduler: WriteScheduler,
  ) {
    this.#socket = socket;
    this.session = session;
    this.#executor = executor;
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#decoder = new RequestDecoder(limits.request);
    this.#decoder.authenticated = session.authenticated;
  }

  /** A chunk arrived. */
  receive(chunk: Buffer): void {
    if (this.#closing) return;
    this.#decoder.feed(chunk);
    this.#work();
  }

  /** The log is durable further than before. True while replies are still held. */
  durable(): boolean {
    this.#output.release(this.#executor.durableLsn);
    this.#schedule();
    return this.#output.heldCount > 0;
  }

  /** What is held will never be known to have happened: every held reply becomes this one, and the connection ends. */
  outcomeUnknown(reply: Reply): void {
    if (this.#output.heldCount === 0) return;
    this.#output.abandon(encodeReply(reply, this.session.protocol));
    this.#closing = true;
    this.#schedule();
  }

  /** An out-of-band reply: behind everything answered before. */
  push(reply: Reply): void {
    this.#output.push(encodeReply(reply, this.session.protocol), 0, this.#executor.durableLsn);
    this.#schedule();
  }

  /** Answers what has arrived, then ends. */
  drain(): void {
    if (this.#suspended !== null) this.#suspended.cancel();
    this.#closing = true;
    this.#schedule();
  }

  /** Answers with one last reply and ends. */
  refuse(reply: Reply): void {
    this.push(reply);
    this.#closing = true;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The socket is gone. */
  closed(): void {
    this.#closing = true;
    this.#suspended?.cancel();
  }

  /** Called by the server once a turn. */
  write(): void {
    this.#scheduled = false;
    if (this.#socket.destroyed) return;
    const text = this.#output.take();
    if (text !== "") this.#socket.write(text, "latin1");
    if (this.#output.bytes + this.#socket.writableLength > this.#limits.outputBytesMax) {
      this.#socket.destroy();
      return;
    }
    if (this.#closing && this.#suspended === null && this.#output.bytes === 0) {
      this.#socket.end();
      return;
    }
    this.#balance();
  }

  /** The socket took what it was given. */
  drained(): void {
    this.#balance();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let count = 0; this.#suspended === null && !this.#closing; count++) {
        if (count >= this.#limits.commandsPerTurnMax || this.#isFull) {
          setImmediate(() => this.#work());
          break;
        }
        const argv = this.#decoder.next();
        if (argv === null) break;
        this.#run(argv);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#output.push(`-ERR Protocol error: ${error.message}\r\n`, 0, this.#executor.durableLsn);
      this.#closing = true;
    } finally {
      this.#working = false;
    }
    this.#balance();
    this.#schedule();
  }

  get #isFull(): boolean {
    return this.#output.bytes > this.#limits.outputBytesPause;
  }

  #run(argv: BinaryString[]): void {
    if (isCrossProtocol(argv[0]!)) {
      // A browser was made to speak to us: nothing it sends is a command, and it gets no answer.
      this.#closing = true;
      this.#socket.destroy();
      return;
    }
    const outcome = this.#executor.execute(this.session, argv);
    this.#decoder.authenticated = this.session.authenticated;
    if (outcome.kind === "done") {
      this.#answer(outcome);
      return;
    }
    this.#suspended = outcome;
    void outcome.done.then((done) => {
      this.#suspended = null;
      this.#answer(done);
      this.#work();
    });
  }

  #answer(done: Done): void {
    if (done.reply !== undefined) {
      this.#output.push(encodeReply(done.reply, this.session.protocol), done.lsn, this.#executor.durableLsn);
      if (this.#output.heldCount > 0) this.#scheduler.holds(this);
    }
    if (done.close) this.#closing = true;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.schedule(this);
  }

  /** Reads only while there is room for what it would cause. */
  #balance(): void {
    const full =
      this.#isFull ||
      this.#socket.writableLength > this.#limits.outputBytesPause ||
      ((this.#suspended !== null || this.#closing) && this.#decoder.pendingBytes > this.#limits.pendingBytesMax);
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#socket.pause();
    else {
      this.#socket.resume();
      if (this.#decoder.pendingBytes > 0) this.#work();
    }
  }
}

/** As Redis: an HTTP request that reached this port is an attack on somebody's browser. */
function isCrossProtocol(word: BinaryString): boolean {
  return (word.length === 4 && word.toLowerCase() === "post") || (word.length === 5 && word.toLowerCase() === "host:");
}
