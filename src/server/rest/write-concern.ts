import type { Confirmations } from "../../commands/confirmations.ts";
import { jsonAnswer, type Answer } from "./answer.ts";
import { RestError } from "./rest-error.ts";
import { errorJson } from "./result.ts";

/** How many other regions are to hold a request's writes durably before it is answered (rules WC1–WC4). */
export interface WriteConcern {
  readonly regions: number;
  readonly timeoutMs: number;
  /** When they are too few, that is an error; else the answer stands and its head tells. */
  readonly isDemanded: boolean;
}

const TIMEOUT_MS_DEFAULT = 1_000;
const TIMEOUT_MS_MAX = 60_000;

/** From a request's headers; null: it does not ask. Throws RestError: what can never be met is refused at once. */
export function readConcern(
  header: (name: string) => string | undefined,
  confirmations: Pick<Confirmations, "otherRegions">,
): WriteConcern | null {
  const concern = header("x-antipode-write-concern");
  if (concern === undefined) return null;
  const timeout = header("x-antipode-write-timeout");
  const policy = header("x-antipode-write-policy");
  const others = confirmations.otherRegions().length;
  const regions = countOf(concern.trim().toLowerCase(), others);
  if (regions > others) {
    throw new RestError(400, `ERR x-antipode-write-concern asks for ${regions} other regions, there are ${others}`);
  }
  const timeoutMs = timeout === undefined ? TIMEOUT_MS_DEFAULT : integerOf(timeout.trim());
  if (timeoutMs === null || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
    throw new RestError(400, `ERR x-antipode-write-timeout wants 1 to ${TIMEOUT_MS_MAX} milliseconds`);
  }
  const word = policy?.trim().toLowerCase() ?? "serve";
  if (word !== "error" && word !== "serve") throw new RestError(400, "ERR x-antipode-write-policy is error or serve");
  return { regions, timeoutMs, isDemanded: word === "error" };
}

/** A majority of all regions, this one included. */
function countOf(word: string, others: number): number {
  if (word === "all") return others;
  if (word === "majority") return Math.floor((others + 1) / 2);
  const count = integerOf(word);
  if (count === null)
    throw new RestError(400, "ERR x-antipode-write-concern wants a number of other regions, majority or all");
  return count;
}

function integerOf(word: string): number | null {
  return /^[0-9]{1,9}$/u.test(word) ? Number(word) : null;
}

/** `confirmed`: who has it. Null: the log failed, and nobody can know. */
export function withConfirmations(
  answer: Answer,
  concern: WriteConcern,
  region: string,
  confirmed: readonly string[] | null,
): Answer {
  if (confirmed === null) return { ...answer, head: ["x-antipode-write-concern", "unknown"] };
  const isMet = confirmed.length >= concern.regions;
  const head = [
    "x-antipode-write-concern",
    isMet ? "met" : "unmet",
    "x-antipode-write-confirmed",
    String(confirmed.length),
    "x-antipode-write-confirmed-by",
    confirmed.join(","),
  ];
  if (isMet || !concern.isDemanded || answer.status !== 200) return { ...answer, head };
  return { ...jsonAnswer(UNCONFIRMED_STATUS, unconfirmedJson(answer, concern, region, confirmed.length)), head };
}

/**
 * "Failed dependency": no client, proxy or router takes it for a reason to send the request again, which 503 and 504 are to many. The
 * write has happened.
 */
const UNCONFIRMED_STATUS = 424;

function unconfirmedJson(answer: Answer, concern: WriteConcern, region: string, confirmed: number): string {
  const error = errorJson(
    `UNCONFIRMED the request has run and what it wrote is durable in region ${region}, but ${confirmed} of ${concern.regions} other regions confirmed it within ${concern.timeoutMs} ms: it stays and goes out to them, do not repeat it`,
  );
  // What the answer would have been goes along, where it is JSON.
  return answer.contentType.startsWith("application/json") ? `${error.slice(0, -1)},"answer":${answer.body}}` : error;
}
