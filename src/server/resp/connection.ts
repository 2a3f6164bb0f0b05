import type { Socket } from "node:net";
import type { BinaryString } from "../../base/bytes.ts";
import type { ClientSession } from "../../commands/client-session.ts";
import type { Done, Suspended } from "../../commands/executor.ts";
import { ProtocolError } from "../../resp/protocol-error.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ConnectionSurroundings } from "./connection-surroundings.ts";
import { isCrossProtocol } from "./cross-protocol.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { Patience } from "./patience.ts";
import type { TurnMember } from "./turn-writer.ts";

/**
 * - open: reads, runs, answers.
 * - finishing: reads no more; runs and answers what has been received.
 * - ending: runs no more; the last replies are on their way.
 * - ended: all is said; what the client still sends is thrown away until it hangs up too.
 */
type Phase = "open" | "finishing" | "ending" | "ended";

/**
 * One client over TCP: bytes in, commands in order, replies out in order, each held until what it tells is durable. A command
 * that waits holds back the later ones of its own connection and nobody else's. A client that does not take its replies, or
 * sends more than is answered, is not read from until it does: memory is bounded whatever it does.
 */
export class Connection implements TurnMember {
  readonly session: ClientSession;
  readonly #socket: Socket;
  readonly #around: ConnectionSurroundings;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #patience: Patience;
  #phase: Phase = "open";
  #suspended: Suspended | null = null;
  /** Stopped because too much output waits. */
  #stalled = false;
  /** Had its share of this turn; goes on in the next. */
  #yielded = false;
  #working = false;
  #scheduled = false;
  /** The writer knows that replies are held. */
  #holding = false;
  #paused = false;

  /** `nowMs`: the monotonic clock. */
  constructor(socket: Socket, session: ClientSession, around: ConnectionSurroundings, nowMs: number) {
    this.#socket = socket;
    this.session = session;
    this.#around = around;
    this.#inbox = new Inbox(around.limits.request);
    this.#outbox = new Outbox(socket, around.traffic);
    this.#patience = new Patience(around.limits, nowMs);
  }

  /** A chunk arrived, which stays as it is. */
  receive(chunk: Buffer): void {
    this.#around.traffic.bytesReceived += chunk.length;
    if (this.#phase !== "open") return;
    this.#patience.stirred();
    this.#inbox.push(chunk);
    this.#work();
  }

  /** Bytes arrived that are overwritten once this returns: what is left of them is copied. */
  receiveBorrowed(bytes: Buffer): void {
    this.receive(bytes);
    this.#inbox.keep(bytes);
  }

  /**
   * Answers what has been received, then ends: the client has nothing more to say, or the server stops. A command that waits is
   * cancelled, as for a client that is gone.
   */
  finish(): void {
    if (this.#phase !== "open") return;
    this.#phase = "finishing";
    this.#suspended?.cancel();
    this.#work();
  }

  durable(): boolean {
    this.#outbox.release(this.#around.executor.durableLsn);
    this.#holding = this.#outbox.isHolding;
    this.#scheduleIfDue();
    return this.#holding;
  }

  /** What is held will never be known to have happened: `reply` answers each of the commands that wait for it. */
  outcomeUnknown(reply: Reply): void {
    if (!this.#outbox.isHolding) return;
    this.#outbox.abandon(reply, this.session.protocol);
    this.#scheduleIfDue();
  }

  /** An out-of-band reply: behind everything answered before, the command that is running included. */
  push(message: Reply): void {
    if (!this.#runs) return;
    this.#outbox.push(message, this.session.protocol);
    // Not only when written: one turn can bring any number of messages.
    if (this.#outbox.bytes > this.#outputBytesMax) this.#cutForOutput();
    else this.#scheduleIfDue();
  }

  /** Answers with one last reply and ends. */
  refuse(reply: Reply): void {
    this.push(reply);
    this.#phase = "ending";
  }

  /** Ends at once, whatever is on its way. */
  destroy(): void {
    this.#phase = "ended";
    this.#socket.destroy();
  }

  /** The socket is gone. */
  closed(): void {
    this.#phase = "ended";
    this.#inbox.clear();
    this.#suspended?.cancel();
  }

  write(): void {
    this.#scheduled = false;
    if (this.#socket.destroyed) return;
    if (this.#outbox.bytes > this.#outputBytesMax) {
      this.#cutForOutput();
      return;
    }
    if (this.#outbox.isReady) this.#outbox.send();
    if (this.#phase === "ending" && !this.#outbox.isHolding) this.#end();
    else this.drained();
  }

  /** The client took what it was given. */
  drained(): void {
    if (this.#stalled && !this.#isFull) this.#work();
    this.#balance();
  }

  /** Looks at the times that `limits` sets; called every so often. `nowMs`: the monotonic clock. */
  sweep(nowMs: number): void {
    const { takenBytes, bytes, isHolding } = this.#outbox;
    const state = {
      ended: this.#phase === "ended",
      waits: this.#suspended !== null || isHolding,
      listens: this.session.isListener,
    };
    const verdict = this.#patience.judge(nowMs, takenBytes, bytes, state);
    if (verdict === "stays") return;
    if (verdict === "does not take its replies") {
      this.#cutForOutput();
      return;
    }
    if (verdict === "idle") this.#around.traffic.idleCuts++;
    this.destroy();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    this.#stalled = false;
    try {
      this.#runAll();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working = false;
    }
    this.#scheduleIfDue();
    // Writing ends with it too.
    if (!this.#scheduled) this.#balance();
  }

  #runAll(): void {
    const { commandsPerTurnMax, outputBytesPause } = this.#around.limits;
    // Nothing is written meanwhile, so only what is queued changes.
    const room = outputBytesPause - this.#outbox.unsentBytes;
    this.#inbox.authenticated = this.session.authenticated;
    for (let count = 0; this.#suspended === null && this.#runs && !this.#yielded; count++) {
      if (this.#outbox.queuedBytes > room) {
        this.#stalled = true;
        return;
      }
      if (count === commandsPerTurnMax) {
        this.#yield();
        return;
      }
      const argv = this.#inbox.next();
      if (argv === null) {
        if (this.#phase === "finishing") this.#phase = "ending";
        return;
      }
      this.#run(argv);
    }
  }

  #yield(): void {
    this.#yielded = true;
    setImmediate(() => {
      this.#yielded = false;
      this.#work();
    });
  }

  #run(argv: BinaryString[]): void {
    if (isCrossProtocol(argv[0]!)) {
      this.#around.traffic.crossProtocolCuts++;
      this.#around.warnings.warn(this.session.address);
      this.destroy();
      return;
    }
    this.#outbox.begin();
    const outcome = this.#around.executor.execute(this.session, argv);
    if (outcome.kind === "done") {
      this.#answer(outcome);
      this.#outbox.settle(this.session.protocol);
      this.#inbox.authenticated = this.session.authenticated;
      return;
    }
    this.#outbox.settle(this.session.protocol);
    this.#suspended = outcome;
    void outcome.done.then((done) => this.#resume(done));
  }

  /** The command that waited is done. */
  #resume(done: Done): void {
    this.#suspended = null;
    try {
      this.#answer(done);
    } catch (error) {
      this.#fail(error);
    }
    this.#work();
  }

  #answer({ reply, lsn, close, recheck }: Done): void {
    // It may have ended its own connection, or waited longer than that lived.
    if (this.#phase === "ended") return;
    if (reply !== undefined) {
      this.#outbox.reply(reply, this.session.protocol, lsn, this.#around.executor.durableLsn, recheck);
      if (!this.#holding && this.#outbox.isHolding) {
        this.#holding = true;
        this.#around.writer.holds(this);
      }
    }
    if (close) this.#phase = "ending";
  }

  /** The client breaks the protocol; or we break a promise, which ends this connection and not the node. */
  #fail(error: unknown): void {
    const { traffic, logger, executor } = this.#around;
    const client = this.session.address;
    if (error instanceof ProtocolError) {
      traffic.protocolErrors++;
      logger.debug("a client breaks the protocol", { client, error: error.message });
      const reply = new ReplyError("ERR", `Protocol error: ${error.message}`);
      this.#outbox.reply(reply, this.session.protocol, 0, executor.durableLsn);
      this.#phase = "ending";
      return;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error("a client's connection failed", { client, error: detail });
    this.destroy();
  }

  /** All is said. */
  #end(): void {
    this.#phase = "ended";
    this.#patience.stirred();
    this.#inbox.clear();
    this.#balance();
    this.#socket.end();
  }

  #cutForOutput(): void {
    const { traffic, logger } = this.#around;
    traffic.outputLimitCuts++;
    const { bytes } = this.#outbox;
    logger.warn("a client does not take its replies: connection closed", { client: this.session.address, bytes });
    this.destroy();
  }

  #scheduleIfDue(): void {
    if (this.#scheduled || !(this.#outbox.isReady || this.#phase === "ending")) return;
    this.#scheduled = true;
    this.#around.writer.schedule(this);
  }

  /** Commands are run, or will be. */
  get #runs(): boolean {
    return this.#phase === "open" || this.#phase === "finishing";
  }

  get #outputBytesMax(): number {
    const { outputBytesMax, listenerBytesMax } = this.#around.limits;
    return this.session.isListener ? listenerBytesMax : outputBytesMax;
  }

  get #isFull(): boolean {
    return this.#outbox.bytes > this.#around.limits.outputBytesPause;
  }

  /** Reads only while there is room for what it would cause. What comes after the end is read, to be thrown away. */
  #balance(): void {
    const { pendingBytesMax } = this.#around.limits;
    const paused = this.#runs && (this.#stalled || this.#isFull || this.#inbox.waitingBytes > pendingBytesMax);
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }
}
