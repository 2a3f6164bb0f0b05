import type { ServerResponse } from "node:http";
import type { BinaryString } from "../../base/bytes.ts";
import type { Logger } from "../../base/logger.ts";
import type { ClientSession } from "../../commands/client-session.ts";
import type { Executor, Suspended } from "../../commands/executor.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import { eventsOf, HEARTBEAT } from "./events.ts";

export interface EventStreamParts {
  readonly executor: Executor;
  readonly response: ServerResponse;
  /** SUBSCRIBE, PSUBSCRIBE or MONITOR with its arguments. */
  readonly argv: readonly BinaryString[];
  /** Bytes a reader may leave untaken before its stream is cut. */
  readonly bytesMax: number;
  readonly logger: Logger;
  /** The command was accepted: send the head, events follow. */
  readonly onOpen: () => void;
  readonly onRefusal: (refusal: ReplyError) => void;
  readonly onCut: () => void;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/**
 * A request that has become an event stream: the client of one SUBSCRIBE, PSUBSCRIBE or MONITOR, listed among the connections
 * like any other. It ends when its reader goes away, does not read, is killed by CLIENT KILL, or the server drains.
 */
export class EventStream {
  readonly #parts: EventStreamParts;
  #session: ClientSession | null = null;
  #suspended: Suspended | null = null;
  /** Messages from before the head is out. */
  #early: Reply[] | null = [];
  #isOver = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    parts.response.on("close", () => this.#finish());
  }

  begin(session: ClientSession): void {
    const { executor, argv } = this.#parts;
    this.#session = session;
    const refusal = executor.connected(session);
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    const outcome = executor.execute(session, argv);
    if (outcome.kind === "done") {
      this.#open(outcome.reply ?? null);
      return;
    }
    this.#suspended = outcome;
    void outcome.done.then(({ reply }) => {
      this.#suspended = null;
      if (!this.#isOver) this.#open(reply ?? null);
    });
  }

  /** A message. */
  push(message: Reply): void {
    if (this.#early !== null) this.#early.push(message);
    else this.#write(eventsOf(message));
  }

  beat(): void {
    if (this.#early === null) this.#write(HEARTBEAT);
  }

  /** The server drains. */
  end(): void {
    if (this.#early === null) this.#parts.response.end();
    else this.kill();
  }

  kill(): void {
    this.#parts.response.destroy();
    this.#finish();
  }

  #open(reply: Reply): void {
    if (reply instanceof ReplyError) {
      this.#refuse(reply);
      return;
    }
    const early = this.#early ?? [];
    this.#early = null;
    this.#parts.onOpen();
    for (const message of [reply, ...early]) this.#write(eventsOf(message));
  }

  #refuse(refusal: ReplyError): void {
    this.#finish();
    this.#parts.onRefusal(refusal);
  }

  #write(text: BinaryString): void {
    const { response, bytesMax, logger, onCut } = this.#parts;
    if (this.#isOver || text === "") return;
    response.write(text, "latin1");
    const bytes = response.writableLength;
    if (bytes <= bytesMax) return;
    logger.warn("an event stream is not read: connection closed", { client: this.#session?.address, bytes });
    onCut();
    this.kill();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#suspended?.cancel();
    if (this.#session !== null) this.#parts.executor.disconnected(this.#session);
    this.#parts.onEnd();
  }
}
