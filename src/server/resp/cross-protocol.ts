import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";

const LETTER_P = 0x70;
const LETTER_H = 0x68;
const LOWER_CASE = 0x20;
const WARNING_EVERY_MS = 60_000;

/**
 * Whether a command's first word is one of HTTP's: `POST`, or `Host:` for requests that begin in another way. Somebody's
 * browser was made to speak to this port; what its body holds would run as commands. Redis ends such connections the same way.
 */
export function isCrossProtocol(word: BinaryString): boolean {
  if (word.length !== 4 && word.length !== 5) return false;
  const first = word.charCodeAt(0) | LOWER_CASE;
  if (first !== LETTER_P && first !== LETTER_H) return false;
  const lower = word.toLowerCase();
  return lower === "post" || lower === "host:";
}

/** Tells the operator, once a minute at most: who floods this port shall not flood the log. */
export class CrossProtocolWarnings {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(client: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#quietUntilMs) {
      this.#unsaid++;
      return;
    }
    this.#logger.warn("HTTP came to the Redis port, as when a browser is made to attack it: connection aborted", {
      client,
      unsaid: this.#unsaid,
    });
    this.#quietUntilMs = nowMs + WARNING_EVERY_MS;
    this.#unsaid = 0;
  }
}
