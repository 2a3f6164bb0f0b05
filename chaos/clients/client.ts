import { within } from "../../src/base/within.ts";
import type { Outcome, Via } from "../record/lines.ts";
import type { Words } from "./commands.ts";

/** What came back. */
export interface Answer {
  /** One for each command. */
  readonly replies: readonly unknown[];
  /** Null where the door does not say. */
  readonly regionServed: string | null;
  /** The sync token to send along next time; null where the door gives none. */
  readonly token: string | null;
  /** The region said that it lacks something the token names. */
  readonly stale: boolean;
}

/** One connection or SDK of one person in one place, on one door of one region or of the router. It never retries by itself. */
export interface Client {
  readonly name: string;
  readonly via: Via;
  readonly library: string;
  /** Null: the router chooses. */
  readonly region: string | null;
  /** One command, or several as one transaction. `token` goes along where the door takes one. */
  send(commands: readonly Words[], token: string | null): Promise<Answer>;
  close(): Promise<void>;
}

/** How long a client waits for an answer before it calls the outcome unknown. */
export const REQUEST_TIMEOUT_MS = 3_000;
export const RECONNECT_MS = 200;

/** An answer that is an error, or none in time. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

/** Gives up on an answer after the time-out; what was sent may happen all the same. */
export function inTime<T>(answer: Promise<T>): Promise<T> {
  return within(answer, REQUEST_TIMEOUT_MS, () => new AnswerError(`no answer within ${REQUEST_TIMEOUT_MS} ms`));
}

const NEVER_SENT = /ECONNREFUSED|isn't writeable|client is (?:offline|closed)|Connection is closed before/iu;
const REFUSED =
  /^(?:Command failed: )?(?:ERR|NOAUTH|LOADING|OOM|READONLY|MISCONF|WRONGTYPE|NOPERM|EXECABORT|NOREPLICAS|MASTERDOWN|FINAL|STALE|NOTREADY|HOMEDOWN|CROSSHOME)\b/u;

/** A router that sent a request on and got no answer says so in an error of its own. */
const IN_DOUBT = /outcome is unknown|may safely be sent again|^UNKNOWN\b/u;

/** What an error says about the fate of what was sent. In doubt it is unknown. */
export function outcomeOf(error: unknown): Exclude<Outcome, "acked"> {
  const messages: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    messages.push(cause.message, (cause as NodeJS.ErrnoException).code ?? "");
  if (messages.some((message) => IN_DOUBT.test(message))) return "unknown";
  return messages.some((message) => NEVER_SENT.test(message) || REFUSED.test(message)) ? "failed" : "unknown";
}
