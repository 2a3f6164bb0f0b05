import { hash } from "node:crypto";
import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Answer } from "./answer.ts";
import { RestError } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

/**
 * Idempotency keys: a request that carries one is run once, and whoever sends it again with the same key is given the answer it
 * had. Remembered in memory, by token and key, for a time: this counts a retry of one region's client once, and promises
 * nothing across regions, or past a restart or a recovery of this one.
 *
 * What is remembered is bounded, and never forgotten before its time: when there is no room, a new key is refused before
 * anything has run, for a key that is accepted and then forgotten would be a promise broken in silence.
 */
export class RememberedAnswers {
  readonly #limits: Pick<RestLimits, "idempotencyMs" | "idempotencyBytesMax">;
  readonly #clock: Clock;
  /** By token and key, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: Pick<RestLimits, "idempotencyMs" | "idempotencyBytesMax">, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * What a request with this key has to do. `scope`: whose key it is; `content`: all of the request that its answer depends on.
   * Throws RestError when the key was used for something else, or there is no room for a further one.
   */
  take(scope: string, key: BinaryString, content: string, answered: (answer: Answer | null) => void): Turn {
    if (key === "" || key.length > KEY_CHARACTERS_MAX) {
      throw new RestError(400, `ERR an idempotency key has 1 to ${KEY_CHARACTERS_MAX} characters`);
    }
    this.#forgetOld();
    const id = `${scope} ${key}`;
    const known = this.#entries.get(id);
    if (known === undefined) return this.#begin(id, content);
    if (known.content !== content) throw new RestError(422, "ERR this idempotency key belongs to a different request");
    if (known.answer !== null) return { kind: "answered", answer: known.answer };
    known.waiting.add(answered);
    return { kind: "waits", stop: () => known.waiting.delete(answered) };
  }

  #begin(id: string, content: string): Turn {
    const bytes = ENTRY_BYTES + id.length;
    if (this.#bytes + bytes > this.#limits.idempotencyBytesMax) {
      throw new RestError(503, "ERR too many idempotency keys are remembered, try again later");
    }
    const entry: Entry = { content, answer: null, bytes, atMs: this.#clock.monotonicMs(), waiting: new Set() };
    this.#entries.set(id, entry);
    this.#bytes += bytes;
    return {
      kind: "runs",
      finish: (answer) => this.#finish(id, entry, answer),
      abandon: () => {
        this.#forget(id, entry);
        this.#tell(entry, null);
      },
    };
  }

  #finish(id: string, entry: Entry, answer: Answer): void {
    const fits = this.#bytes + answer.body.length <= this.#limits.idempotencyBytesMax;
    entry.answer = fits ? answer : TOO_LARGE;
    entry.bytes += entry.answer.body.length;
    this.#bytes += entry.answer.body.length;
    // Its time begins with its answer: kept in this order, the oldest are always in front.
    entry.atMs = this.#clock.monotonicMs();
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#tell(entry, answer);
  }

  #tell(entry: Entry, answer: Answer | null): void {
    const waiting = [...entry.waiting];
    entry.waiting.clear();
    for (const answered of waiting) answered(answer);
  }

  #forgetOld(): void {
    const before = this.#clock.monotonicMs() - this.#limits.idempotencyMs;
    for (const [id, entry] of this.#entries) {
      // One that runs is not old, whatever its age.
      if (entry.answer === null) continue;
      if (entry.atMs > before) return;
      this.#forget(id, entry);
    }
  }

  #forget(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
  }
}

/** Everything that decides a request's answer, as one short text. */
export function contentOf(parts: readonly (string | Buffer)[]): string {
  return parts.map((part) => hash("sha256", part, "base64")).join("");
}

export type Turn =
  /** It is the first: call one of the two. `abandon`: nothing has run, and the next with this key begins anew. */
  | { readonly kind: "runs"; readonly finish: (answer: Answer) => void; readonly abandon: () => void }
  | { readonly kind: "answered"; readonly answer: Answer }
  /** The first is still under way: `answered` is called with its answer; with null when it was abandoned. */
  | { readonly kind: "waits"; readonly stop: () => void };

interface Entry {
  readonly content: string;
  answer: Answer | null;
  bytes: number;
  atMs: number;
  readonly waiting: Set<(answer: Answer | null) => void>;
}

const KEY_CHARACTERS_MAX = 255;
/** What an entry takes besides its texts, about. */
const ENTRY_BYTES = 512;
const TOO_LARGE: Answer = {
  status: 409,
  contentType: "application/json; charset=utf-8",
  body: '{"error":"ERR the request with this idempotency key has run; its answer was too large to be remembered"}',
};
