import { isRepeatable } from "../router/repeatable.ts";
import type { ClientRegion } from "./region-list.ts";
import type { RegionWatch } from "./region-watch.ts";
import { fetchErrorText, type Fetch } from "./rest-probe.ts";

export interface UpstashOptions {
  /** The REST token; the same in all regions, or one for each by name. */
  readonly token: string | Readonly<Record<string, string>>;
  /** How long an answer is waited for; streams have no end. */
  readonly timeoutMs?: number;
  readonly fetch?: Fetch;
}

/** As the SDK's requests are. */
export interface UpstashRequest {
  readonly path?: string[] | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal | (() => AbortSignal) | undefined;
  readonly isStreaming?: boolean;
  readonly onMessage?: (data: string) => void;
}

export interface UpstashResponse<Result> {
  readonly result?: Result;
  readonly error?: string;
}

/** What the SDK takes in the place of a URL: `new Redis(upstashRequester(watch, { token }))`. */
export interface UpstashRequester {
  request<Result = unknown>(request: UpstashRequest): Promise<UpstashResponse<Result>>;
}

const TIMEOUT_MS = 10_000;
/** Statuses by which something before the region says that it could not be asked. */
const UNREACHED: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * A requester for `@upstash/redis` that asks the region in use. What it does beyond the SDK's own:
 *
 * [UR1] Every answer's sync token goes with the next request, to whatever region: that one waits for it. One that answers stale all the
 *       same is told of by `stale`, and not asked for that token again: what it names may have died with its region.
 * [UR2] A request that failed is sent to the next region if running it twice is the same as once (by the router's rule: reads, and writes
 *       that are unconditional and answer the same). Anything else is an error: the caller knows what a second run would mean, nobody else.
 *       The SDK alone would repeat whatever it is.
 */
export function upstashRequester(watch: RegionWatch, options: UpstashOptions): UpstashRequester {
  const { timeoutMs = TIMEOUT_MS } = options;
  const ask: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const tokenOf = (region: string): string =>
    typeof options.token === "string" ? options.token : (options.token[region] ?? "");

  const attempt = async (region: ClientRegion, request: UpstashRequest, seen: string | null): Promise<Response> => {
    const isStream = request.onMessage !== undefined;
    const own = typeof request.signal === "function" ? request.signal() : request.signal;
    const giveUp = new AbortController();
    const endWatch = watch.on("region", ({ name, to, reason }) => {
      if (name === region.name && to === "down") giveUp.abort(new Error(`${name} is down: ${reason ?? "no answer"}`));
    });
    const timer = setTimeout(
      () => giveUp.abort(new Error(`${region.name}: no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const headers: Record<string, string> = {
      "content-type": "application/json",
      authorization: `Bearer ${tokenOf(region.name)}`,
      ...(seen === null ? {} : { "upstash-sync-token": seen }),
      ...request.headers,
    };
    try {
      const url = [region.rest, ...(request.path ?? [])].join("/");
      const signal = own == null ? giveUp.signal : AbortSignal.any([own, giveUp.signal]);
      const reply = await ask(url, { method: "POST", headers, body: JSON.stringify(request.body) ?? null, signal });
      if (UNREACHED.has(reply.status))
        throw new Error(`${region.name} answered ${reply.status}: ${await reply.text()}`);
      if (isStream) return reply;
      // The whole answer within the time: a region may fall silent in the middle of one.
      const text = await reply.text();
      return new Response(text, { status: reply.status, headers: reply.headers });
    } finally {
      clearTimeout(timer);
      if (!isStream) endWatch();
    }
  };

  return {
    async request<Result>(request: UpstashRequest): Promise<UpstashResponse<Result>> {
      const order = watch.order();
      let failure: unknown = new Error("no region is known");
      for (const region of order) {
        try {
          const seen = watch.tokenFor(region.name);
          const reply = await attempt(region, request, seen);
          const token = reply.headers.get("upstash-sync-token");
          const isStale = reply.headers.has("x-antipode-stale");
          if (token !== null && token !== "") watch.answered(region.name, seen, token, isStale);
          return await answerOf<Result>(reply, request);
        } catch (error) {
          if (error instanceof UpstashRefusal || isAborted(request)) throw error;
          failure = new Error(`${region.name}: ${fetchErrorText(error)}`, { cause: error });
          watch.failed(region.name, fetchErrorText(error));
          if (!mayRepeat(request) && !wasRefused(error)) break;
        }
      }
      throw failure;
    },
  };
}

/** The region understood the request and refused it. */
export class UpstashRefusal extends Error {
  override readonly name = "UpstashError";
}

async function answerOf<Result>(reply: Response, request: UpstashRequest): Promise<UpstashResponse<Result>> {
  if (reply.ok && request.onMessage !== undefined && reply.body !== null) {
    void readEvents(reply.body, request.onMessage);
    return { result: 1 as Result };
  }
  const text = await reply.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new UpstashRefusal(`the answer is no JSON (status ${reply.status}): ${text.slice(0, 200)}`);
  }
  if (reply.ok) return body as UpstashResponse<Result>;
  const { error } = body as { readonly error?: unknown };
  throw new UpstashRefusal(`${String(error)}, command was: ${JSON.stringify(request.body)}`);
}

const LINE_CHARACTERS_MAX = 8 * 1024 * 1024;

async function readEvents(body: ReadableStream<Uint8Array>, onMessage: (data: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LINE_CHARACTERS_MAX)
        throw new Error(`an event is longer than ${LINE_CHARACTERS_MAX} characters`);
      for (const line of lines) if (line.startsWith("data: ")) onMessage(line.slice(6));
    }
  } catch {
    // The stream is over, as the SDK has it: its owner subscribes again.
  }
}

/** Whether nothing can have been done: nobody took the connection. */
function wasRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : null;
  return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "UND_ERR_CONNECT_TIMEOUT";
}

function isAborted({ signal }: UpstashRequest): boolean {
  return typeof signal === "object" && signal.aborted;
}

function mayRepeat({ path = [], body }: UpstashRequest): boolean {
  if (!Array.isArray(body)) return false;
  const commands: readonly unknown[] = path.length === 0 ? [body] : body;
  return commands.every((command) => Array.isArray(command) && isRepeatable(command.map(String)));
}
