import type { Clock } from "../base/clock.ts";
import type { ClientRegion } from "./region-list.ts";
import type { ProbeOutcome, RegionProbe } from "./region-probe.ts";

/** Only what is used of `fetch`, so that another one can be given. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const STATE_CHARACTERS_MAX = 64;

/** Looks at regions by `GET /readyz` of their REST address. Tokens come with the program's own answers, so a look brings none. */
export class RestProbe implements RegionProbe {
  readonly #fetch: Fetch;
  readonly #clock: Clock;

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  reaches(region: ClientRegion): boolean {
    return region.rest !== null;
  }

  async look(region: ClientRegion, timeoutMs: number): Promise<ProbeOutcome> {
    const startMs = this.#clock.monotonicMs();
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(new Error(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
    try {
      const reply = await this.#fetch(`${region.rest}/readyz`, { signal: giveUp.signal });
      const roundTripMs = this.#clock.monotonicMs() - startMs;
      const said = (await reply.json()) as { readonly region?: unknown; readonly state?: unknown } | null;
      if (typeof said?.region === "string" && said.region !== region.name) {
        return {
          kind: "failed",
          reason: `its address answers as region '${said.region.slice(0, STATE_CHARACTERS_MAX)}'`,
        };
      }
      if (reply.ok) return { kind: "answered", roundTripMs, notReady: null, token: null };
      if (reply.status !== 503 || typeof said?.state !== "string") {
        return { kind: "failed", reason: `/readyz answered ${reply.status}` };
      }
      return { kind: "answered", roundTripMs, notReady: said.state.slice(0, STATE_CHARACTERS_MAX), token: null };
    } catch (error) {
      return { kind: "failed", reason: fetchErrorText(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The token goes with the next request, and the region waits for it before it answers. */
  catchUp(): Promise<boolean> {
    return Promise.resolve(true);
  }

  forget(): void {}

  close(): void {}
}

/** `fetch failed` says nothing: what it says of its cause does. */
export function fetchErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
