import type { Dispatcher } from "undici";
import { Attempt } from "./attempt.ts";
import type { AttemptFailure, AttemptListener } from "./attempt.ts";
import { ownHeaders, seenIn } from "./exchange-plan.ts";
import type { ExchangePlan, ExchangeSurroundings, Seen } from "./exchange-plan.ts";
import { isEventStream, replyHeaders, requestHeaders } from "./headers.ts";
import {
  badRequest,
  bodyTooLarge,
  noAnswer,
  outcomeUnknown,
  regionFailed,
  tooManyInFlight,
  unreachable,
} from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import { readBody } from "./request-body.ts";
import type { IncomingRequest, RequestBody } from "./request-body.ts";
import { mayRepeat } from "./request-words.ts";
import { sendRefusal } from "./send-refusal.ts";
import type { OutgoingReply } from "./send-refusal.ts";

/**
 * One client request from its headers to the end of its reply, over as many regions as it takes:
 *
 *     body held or streaming ─▶ attempt at order[0] ─▶ reply begins ─▶ passed through, chunk by chunk
 *                                  │ not sent: the next region, whatever the request
 *                                  │ sent, then failed (or 502–504), and repeatable, and the budget has one: the next region
 *                                  ▼ else: an error that says what is known
 *
 * Once the reply has begun there is no way back: a failure then cuts the client's connection, so that half a reply is never
 * taken for a whole one. A region that goes down fails its open requests at that moment; they need not wait for time-outs.
 */
/** First path segments whose replies are event streams: they have no end, and silence in them is no fault. */
const ENDLESS = /^\/(?:subscribe|psubscribe|monitor)(?:[/?]|$)/iu;

/** How long a region thought to be down may take to answer. */
const FAIL_OPEN_TIMEOUT_MS = 2000;

export class Exchange implements AttemptListener {
  readonly isEndless: boolean;
  readonly #around: ExchangeSurroundings;
  readonly #plan: ExchangePlan;
  readonly #request: IncomingRequest;
  readonly #reply: OutgoingReply;
  readonly #startedMs: number;
  readonly #tried: string[] = [];
  #body: RequestBody | null = null;
  #attempt: Attempt | null = null;
  #endAttempt: () => void = () => {};
  /** A reply that is passed on, but speaks against its region. */
  #failedReply: string | null = null;
  #isLast = false;
  #over = false;
  readonly #onOver: (servedBy: string | null, seen: Seen | null) => void;
  #seen: Seen | null = null;
  #stalled: NodeJS.Timeout | null = null;

  constructor(
    around: ExchangeSurroundings,
    plan: ExchangePlan,
    request: IncomingRequest,
    reply: OutgoingReply,
    onOver: (servedBy: string | null, seen: Seen | null) => void,
  ) {
    this.#around = around;
    this.#plan = plan;
    this.#request = request;
    this.#reply = reply;
    this.#onOver = onOver;
    this.#startedMs = around.clock.monotonicMs();
    this.isEndless = ENDLESS.test(plan.target);
  }

  start(): void {
    this.#around.budget.earn();
    this.#reply.on("close", () => this.#clientGone());
    this.#reply.on("error", () => this.#clientGone());
    readBody(this.#request, this.#around.limits, this.#around.held, (body) => {
      if (this.#over) {
        if (body?.kind === "held") this.#around.held.give(body.bytes.length);
        return;
      }
      if (body === null) return this.#clientGone();
      if (body.kind === "too-large") return this.#refuse(bodyTooLarge(this.#around.limits.requestBytesMax));
      this.#body = body;
      this.#tryNext();
    });
  }

  /** The client's connection is to be closed after this reply, if it has not begun. */
  beLast(): void {
    this.#isLast = true;
  }

  /** Cuts it off: the router is closing, and this one will not end by itself. */
  cut(reason: string): void {
    if (this.#over) return;
    this.#around.logger.info("request cut off", { region: this.#attempt?.region, reason });
    this.#attempt?.abandon(reason);
    this.#finish("cut");
    this.#reply.destroy();
  }

  #tryNext(): void {
    const { board, clock, limits, pools } = this.#around;
    const region = this.#plan.order[this.#tried.length];
    const pool = region === undefined ? undefined : pools.get(region);
    if (region === undefined || pool === undefined) return this.#refuse(unreachable(this.#tried));
    if (board.inFlight(region) >= limits.requestsInFlightPerRegionMax) {
      return this.#refuse(tooManyInFlight(region, limits.requestsInFlightPerRegionMax));
    }
    this.#tried.push(region);
    const attempt = new Attempt(region, clock.monotonicMs(), this);
    this.#attempt = attempt;
    // An event stream waits, and weighs nothing while it does.
    const endFlight = this.isEndless ? () => {} : board.begin(region);
    const endWatch = board.watchDown(region, (reason, end) => {
      // A region that is taken out may finish what it has begun.
      if (end === "down") this.#regionWentDown(attempt, reason);
    });
    this.#endAttempt = () => {
      endFlight();
      endWatch();
    };
    pool.dispatch(this.#dispatchOptions(region), attempt);
  }

  #dispatchOptions(region: string): Dispatcher.DispatchOptions {
    const { limits } = this.#around;
    const { client, seen } = this.#plan;
    const headers = requestHeaders(this.#request.rawHeaders);
    if (client !== null) headers.push("x-forwarded-for", client);
    if (seen !== null && seen.region !== region) headers.push("x-antipode-seen", seen.token);
    const body = this.#body as Exclude<RequestBody, { kind: "too-large" }>;
    if (body.kind === "streaming" && body.lengthBytes !== null)
      headers.push("content-length", String(body.lengthBytes));
    return {
      method: this.#request.method ?? "GET",
      path: this.#plan.target,
      headers,
      // An empty body is none: undici adds `content-length: 0` where the method wants one.
      body: body.kind === "streaming" ? asBody(body.chunks()) : body.bytes.length === 0 ? null : body.bytes,
      headersTimeout: this.#plan.isFailOpen ? FAIL_OPEN_TIMEOUT_MS : limits.responseTimeoutMs,
      bodyTimeout: this.isEndless ? 0 : limits.replySilenceMs,
    };
  }

  replied(attempt: Attempt, status: number, raw: readonly (string | Buffer)[]): void {
    const { board, metrics } = this.#around;
    const failure = status >= 500 ? `answered ${status}` : null;
    if (failure !== null && status >= 502 && status <= 504 && this.#moveRepeatable(attempt, failure)) {
      attempt.ignore();
      this.#reportFailure(attempt, failure);
      return this.#leave(attempt, failure);
    }
    if (failure === null) board.requestSucceeded(attempt.region);
    this.#failedReply = failure;
    metrics.replyBegan(attempt.region, (this.#around.clock.monotonicMs() - attempt.startedMs) / 1000);
    const headers = replyHeaders(raw);
    const { clock, limits } = this.#around;
    this.#seen = seenIn(attempt.region, headers, limits.seenTokenBytesMax) ?? this.#seen;
    const nowMs = clock.monotonicMs();
    const regionMs = nowMs - attempt.startedMs;
    const routerMs = nowMs - this.#startedMs - regionMs;
    headers.push(...ownHeaders(this.#plan, attempt.region, this.#tried, regionMs, routerMs));
    const isLast = this.#isLast || (this.#body?.kind === "streaming" && !this.#request.complete);
    if (isLast) headers.push("connection", "close");
    this.#reply.writeHead(status, headers);
    if (this.isEndless || isEventStream(headers)) this.#reply.flushHeaders();
  }

  chunk(attempt: Attempt, chunk: Buffer): void {
    if (this.#reply.write(chunk)) return;
    attempt.pause();
    const { clientStallMs } = this.#around.limits;
    this.#stalled ??= setTimeout(() => this.cut("the client does not take its reply"), clientStallMs);
    this.#reply.once("drain", () => {
      this.#endStall();
      attempt.resume();
    });
  }

  #endStall(): void {
    if (this.#stalled !== null) clearTimeout(this.#stalled);
    this.#stalled = null;
  }

  ended(attempt: Attempt): void {
    this.#finish("answered");
    this.#reply.end();
    if (this.#failedReply !== null) this.#reportFailure(attempt, this.#failedReply);
  }

  failed(attempt: Attempt, failure: AttemptFailure): void {
    const { board, limits } = this.#around;
    if (failure.kind === "body-too-large") {
      return attempt.isReplying
        ? this.#breakOff(attempt, failure.reason)
        : this.#refuse(bodyTooLarge(limits.requestBytesMax));
    }
    if (failure.kind === "invalid") return this.#refuse(badRequest(failure.reason));
    this.#reportFailure(attempt, failure.reason);
    if (attempt.isReplying) return this.#breakOff(attempt, failure.reason);
    if (failure.kind === "not-sent") {
      board.doubt(attempt.region);
      return this.#leave(attempt, failure.reason);
    }
    if (this.#moveRepeatable(attempt, failure.reason)) return this.#leave(attempt, failure.reason);
    if (failure.kind === "timed-out" && !this.#plan.isFailOpen)
      return this.#refuse(noAnswer(attempt.region, limits.responseTimeoutMs));
    return this.#refuse(this.#afterSending(attempt, failure.reason));
  }

  #regionWentDown(attempt: Attempt, reason: string): void {
    if (this.#over || attempt !== this.#attempt) return;
    attempt.abandon(`the region went down: ${reason}`);
    if (attempt.isReplying) return this.#breakOff(attempt, reason);
    if (!attempt.mayHaveBeenSent || this.#moveRepeatable(attempt, reason)) return this.#leave(attempt, reason);
    return this.#refuse(this.#afterSending(attempt, reason));
  }

  /** Whether a request that may have reached the region goes to another one; takes a repeat from the budget if so. */
  #moveRepeatable(attempt: Attempt, reason: string): boolean {
    if (this.#tried.length >= this.#plan.order.length || !this.#isRepeatable()) return false;
    if (this.#around.budget.spend()) return true;
    this.#around.logger.warn("no repeat left in the budget", { region: attempt.region, reason });
    return false;
  }

  #isRepeatable(): boolean {
    const body = this.#body?.kind === "held" ? this.#body.bytes : null;
    return mayRepeat({ method: this.#request.method ?? "", target: this.#plan.target, body });
  }

  #afterSending(attempt: Attempt, reason: string): Refusal {
    return this.#isRepeatable() ? regionFailed(attempt.region, reason) : outcomeUnknown(attempt.region, reason);
  }

  #leave(attempt: Attempt, reason: string): void {
    const { logger, metrics } = this.#around;
    this.#endAttempt();
    const to = this.#plan.order[this.#tried.length] ?? null;
    if (to !== null) {
      metrics.failedOver(attempt.region, to, attempt.mayHaveBeenSent);
      logger.info("request moved", { from: attempt.region, to, sent: attempt.mayHaveBeenSent, reason });
    }
    this.#tryNext();
  }

  /** The report may take the region down, and this exchange must not hear of that as news of its own attempt. */
  #reportFailure(attempt: Attempt, failure: string): void {
    this.#endAttempt();
    this.#around.board.requestFailed(attempt.region, failure);
  }

  #breakOff(attempt: Attempt, reason: string): void {
    this.#around.logger.warn("reply broken off", { region: attempt.region, reason });
    this.#finish("broken-off");
    this.#reply.destroy();
  }

  #refuse(refusal: Refusal): void {
    this.#around.logger.info("request refused", { code: refusal.code, tried: this.#tried });
    this.#finish(refusal.code);
    sendRefusal(this.#request, this.#reply, refusal, this.#around.limits, this.#plan.nearest);
  }

  #clientGone(): void {
    if (this.#over) return;
    this.#attempt?.abandon("the client went away");
    this.#finish("client-gone");
  }

  #finish(outcome: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#endAttempt();
    this.#endStall();
    if (this.#body?.kind === "held") this.#around.held.give(this.#body.bytes.length);
    this.#around.metrics.requestOver(this.#attempt?.region ?? "none", outcome);
    this.#onOver(outcome === "answered" ? (this.#attempt?.region ?? null) : null, this.#seen);
  }
}

/** undici takes any async iterable as a body; its types forget to say so. */
function asBody(chunks: AsyncGenerator<Buffer>): Exclude<Dispatcher.DispatchOptions["body"], undefined> {
  return chunks as unknown as Exclude<Dispatcher.DispatchOptions["body"], undefined>;
}
