import type { Caller } from "./caller.ts";
import { ClientOptionError } from "./client-option-error.ts";

/** A region's REST door, asked with `fetch`. */
export interface RestAddress {
  /** `http://` or `https://` of the region or the router. */
  readonly url: string;
  readonly token: string;
  /** Another than the platform's. */
  readonly fetch?: typeof fetch;
  /** Until a request is given up. */
  readonly timeoutMs?: number;
}

/** A client of `@upstash/redis`, known by something only it has. */
export interface UpstashClient {
  createScript(script: string): unknown;
}

/** What all its commands go through. */
export interface UpstashRequester {
  request(request: { readonly path: string[]; readonly body: unknown }): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The region could not be asked, or answered something else than its protocol. */
export class RestCallError extends Error {
  override readonly name = "RestCallError";
}

export function restCaller(address: RestAddress): Caller {
  const { url, token, timeoutMs = DEFAULT_TIMEOUT_MS } = address;
  if (!URL.canParse(url) || !/^https?:$/u.test(new URL(url).protocol)) {
    throw new ClientOptionError(`client.url: wants http:// or https://, not ${JSON.stringify(url)}`);
  }
  if (typeof token !== "string" || token === "") throw new ClientOptionError("client.token: a REST token is needed");
  const target = `${url.replace(/\/+$/u, "")}/pipeline`;
  const ask = address.fetch ?? fetch;
  return {
    isShared: false,
    async call(commands) {
      const response = await ask(target, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(commands),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body: unknown = await response.json().catch(() => null);
      if (!response.ok) throw new RestCallError(`HTTP ${response.status}: ${errorIn(body)}`);
      return readReplies(body, commands.length);
    },
  };
}

/** Below the SDK's own reading of replies, which makes numbers of strings that look like them. */
export function upstashCaller(client: UpstashRequester): Caller {
  return {
    isShared: false,
    async call(commands) {
      return readReplies(await client.request({ path: ["pipeline"], body: commands }), commands.length);
    },
  };
}

function readReplies(body: unknown, count: number): readonly unknown[] {
  if (!Array.isArray(body) || body.length !== count) {
    throw new RestCallError(`the answer to a pipeline of ${count} commands is not a list of as many`);
  }
  return body.map((one: { readonly result?: unknown; readonly error?: unknown }) =>
    typeof one.error === "string" ? new Error(one.error) : (one.result ?? null),
  );
}

function errorIn(body: unknown): string {
  const error = (body as { readonly error?: unknown } | null)?.error;
  return typeof error === "string" ? error : "without an error text";
}
