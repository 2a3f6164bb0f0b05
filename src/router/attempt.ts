import type { Dispatcher } from "undici";
import { errorText } from "./prober.ts";
import { BodyTooLargeError } from "./request-body.ts";

/**
 * One try of one request at one region. What matters most is whether a byte of it may have left: undici says so by
 * `onRequestStart`, called just before it writes to a socket. An error before that is "not sent", and the request may go to any
 * other region whatever it does. (reply-from, the usual proxy for fastify, hides this moment, and it reads paths as URLs: it
 * refuses `/set/k/..%2Fx` and `/set/k/%FF`, which are values here. Hence the dispatcher itself.)
 */
export interface AttemptListener {
  /** The reply begins. */
  replied(attempt: Attempt, status: number, headers: readonly (string | Buffer)[]): void;
  chunk(attempt: Attempt, chunk: Buffer): void;
  ended(attempt: Attempt): void;
  /** `invalid`, `body-too-large`: the request itself cannot be sent to anybody. */
  failed(attempt: Attempt, failure: AttemptFailure): void;
}

export interface AttemptFailure {
  readonly kind: "not-sent" | "sent" | "timed-out" | "invalid" | "body-too-large";
  readonly reason: string;
}

export class Attempt implements Dispatcher.DispatchHandler {
  readonly region: string;
  readonly startedMs: number;
  readonly #listener: AttemptListener;
  #controller: Dispatcher.DispatchController | null = null;
  #abandoned: Error | null = null;
  #over = false;
  #replying = false;

  constructor(region: string, startedMs: number, listener: AttemptListener) {
    this.region = region;
    this.startedMs = startedMs;
    this.#listener = listener;
  }

  /** False only while it is certain that the region has seen nothing of it. */
  get mayHaveBeenSent(): boolean {
    return this.#controller !== null;
  }

  get isReplying(): boolean {
    return this.#replying;
  }

  /** Nothing more is heard of it; what is on its way is cut off. */
  abandon(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#abandoned = new Error(reason);
    this.#controller?.abort(this.#abandoned);
  }

  /** Nothing more is heard of it, but its reply is read to the end, so that the connection stays of use. */
  ignore(): void {
    this.#over = true;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abandoned !== null) controller.abort(this.#abandoned);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#over || status < 200) return;
    this.#replying = true;
    const raw = controller.rawHeaders;
    this.#listener.replied(this, status, Array.isArray(raw) ? raw : []);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#listener.chunk(this, chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.ended(this);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.failed(this, { kind: this.#kindOf(error), reason: errorText(error) });
  }

  #kindOf(error: Error): AttemptFailure["kind"] {
    if (error instanceof BodyTooLargeError) return "body-too-large";
    const code = "code" in error ? error.code : null;
    if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") return "invalid";
    if (this.#controller === null) return "not-sent";
    return code === "UND_ERR_HEADERS_TIMEOUT" ? "timed-out" : "sent";
  }
}
