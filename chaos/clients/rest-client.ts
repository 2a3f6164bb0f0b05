import { Pool } from "undici";
import type { Via } from "../record/lines.ts";
import { AnswerError, inTime, REQUEST_TIMEOUT_MS, type Answer, type Client } from "./client.ts";
import type { Words } from "./commands.ts";

const CONNECTIONS = 8;

/** The REST protocol by hand: who served it and whether it was stale stands in the headers. */
export class RestClient implements Client {
  readonly name: string;
  readonly via: Via;
  readonly library = "undici";
  readonly region: string | null;
  readonly #pool: Pool;
  readonly #token: string;

  constructor(name: string, via: Via, region: string | null, address: string, token: string) {
    this.name = name;
    this.via = via;
    this.region = region;
    this.#token = token;
    this.#pool = new Pool(`http://${address}`, {
      connections: CONNECTIONS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      connect: { timeout: REQUEST_TIMEOUT_MS },
    });
  }

  async send(commands: readonly Words[], token: string | null): Promise<Answer> {
    const isOne = commands.length === 1;
    const { statusCode, headers, body } = await inTime(
      this.#pool.request({
        method: "POST",
        path: isOne ? "/" : "/multi-exec",
        headers: {
          authorization: `Bearer ${this.#token}`,
          "content-type": "application/json",
          ...(token === null ? {} : { "upstash-sync-token": token }),
        },
        body: JSON.stringify(isOne ? commands[0] : commands),
      }),
    );
    const answer = (await inTime(body.json())) as Reply | readonly Reply[];
    const parts = Array.isArray(answer) ? (answer as readonly Reply[]) : [answer as Reply];
    const failed = parts.find(({ error }) => error !== undefined);
    if (failed !== undefined || statusCode !== 200) {
      // A gateway that gave up says so with a status of its own, and what it had sent may have happened.
      throw new AnswerError(failed?.error ?? `status ${statusCode}`);
    }
    return {
      replies: parts.map(({ result }) => result),
      regionServed: one(headers["x-region"]) ?? this.region,
      token: one(headers["upstash-sync-token"]),
      stale: headers["x-antipode-stale"] !== undefined,
    };
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

function one(header: string | readonly string[] | undefined): string | null {
  return typeof header === "string" ? header : (header?.[0] ?? null);
}
