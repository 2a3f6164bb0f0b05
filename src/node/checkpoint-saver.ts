import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Saver } from "../commands/server-context.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { Engine } from "./engine.ts";

const FAILED = new ReplyError(
  "ERR",
  "the checkpoint could not be written; the log holds everything, and it is tried again",
);

/** Checkpoints on demand, of whichever engine there is now. */
export class CheckpointSaver implements Saver {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #engine: () => Engine;
  #running: Promise<ReplyError | null> | null = null;
  #saves = 0;
  #savedAtMs: number;

  constructor(clock: Clock, logger: Logger, engine: () => Engine) {
    this.#clock = clock;
    this.#logger = logger;
    this.#engine = engine;
    this.#savedAtMs = clock.wallMs();
  }

  get savedAtMs(): number {
    return this.#savedAtMs;
  }

  get saves(): number {
    return this.#saves;
  }

  get isSaving(): boolean {
    return this.#running !== null;
  }

  get isFailing(): boolean {
    return this.#engine().housekeeping.checkpoints.failure !== null;
  }

  /** A checkpoint was committed, on demand or by itself. */
  saved(): void {
    this.#saves++;
    this.#savedAtMs = this.#clock.wallMs();
  }

  /** Who asks while one is running is answered by a further one, which has what came meanwhile: at most one waits. */
  async save(): Promise<ReplyError | null> {
    if (this.#running !== null) await this.#running;
    this.#running ??= this.#write();
    return this.#running;
  }

  async #write(): Promise<ReplyError | null> {
    try {
      await this.#engine().housekeeping.flush();
      this.#savedAtMs = this.#clock.wallMs();
      return null;
    } catch (error) {
      this.#logger.error("a checkpoint that was asked for failed", { error: String(error) });
      return FAILED;
    } finally {
      this.#running = null;
    }
  }
}
