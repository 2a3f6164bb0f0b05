import type { SecureContextOptions } from "node:tls";
import { Pool } from "undici";
import type { Dispatcher } from "undici";
import type { Clock } from "../base/clock.ts";
import { readVerdict } from "./readiness.ts";
import type { Readiness } from "./readiness.ts";

/**
 * Asks regions `GET /readyz`. On connections of its own: a pool full of slow requests must not make a region look dead. The round
 * trip is counted from the request sent to the headers received, so a new connection does not look like distance; the time-out
 * counts everything.
 */
export type ProbeOutcome =
  | { readonly kind: "answered"; readonly roundTripMs: number; readonly readiness: Readiness }
  | { readonly kind: "failed"; readonly reason: string };

export interface Prober {
  /** Never rejects. */
  probe(timeoutMs: number): Promise<ProbeOutcome>;
  close(): Promise<void>;
}

export interface ProberOptions {
  readonly region: string;
  readonly restUrl: string;
  /** Authorities and our own certificate, where the address is https. */
  readonly tls: SecureContextOptions;
  readonly connectTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly clock: Clock;
}

/** Unanswered probes may overlap; more than a handful do not. */
const CONNECTIONS_MAX = 4;

export function openProber(options: ProberOptions): Prober {
  const pool = new Pool(options.restUrl, {
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    connect: { ...options.tls, timeout: options.connectTimeoutMs },
  });
  return {
    probe: (timeoutMs) =>
      new Promise((resolve) => {
        pool.dispatch(
          { method: "GET", path: "/readyz", headers: { accept: "application/json" } },
          new Probe(options, timeoutMs, resolve),
        );
      }),
    close: () => pool.destroy(),
  };
}

class Probe implements Dispatcher.DispatchHandler {
  readonly #options: ProberOptions;
  readonly #settle: (outcome: ProbeOutcome) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #sentMs = 0;
  #roundTripMs = 0;
  #status = 0;
  #bytes = 0;

  constructor(options: ProberOptions, timeoutMs: number, settle: (outcome: ProbeOutcome) => void) {
    this.#options = options;
    this.#settle = settle;
    // After a pause of this very process timers fire before sockets are read: one turn later the answer may be there.
    this.#timer = setTimeout(
      () => setImmediate(() => this.#fail(`no answer within ${Math.round(timeoutMs)} ms`)),
      timeoutMs,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sentMs = this.#options.clock.monotonicMs();
    if (this.#settled) controller.abort(new Error("the probe was given up"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#status = status;
    this.#roundTripMs = this.#options.clock.monotonicMs() - this.#sentMs;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.bodyBytesMax) {
      this.#fail(`/readyz answered more than ${this.#options.bodyBytesMax} bytes`);
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const verdict = readVerdict(this.#options.region, this.#status, Buffer.concat(this.#chunks).toString("utf8"));
    if (verdict.kind === "refused") this.#fail(verdict.reason);
    else this.#finish({ kind: "answered", roundTripMs: this.#roundTripMs, readiness: verdict.readiness });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(errorText(error));
  }

  #fail(reason: string): void {
    if (this.#settled) return;
    this.#finish({ kind: "failed", reason });
    this.#controller?.abort(new Error("the probe was given up"));
  }

  #finish(outcome: ProbeOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#settle(outcome);
  }
}

/** What went wrong on a connection, in words that fit a log line: the message, or the code where there is no message. */
export function errorText(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const text = error.message === "" ? code : error.message;
  return text.slice(0, 200);
}
