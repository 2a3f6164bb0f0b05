import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { DiskSpace } from "../storage/disk-space.ts";
import type { Engine } from "./engine.ts";

const TICK_MS = 50;
const SECOND_MS = 1000;
const TRUNCATE_EVERY_TICKS = 100;
const CLOCKS_EVERY_TICKS = 4;

/** The node's timers: housekeeping of the present engine, the disk's free space, how late we are. */
export class Chores {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #disk: DiskSpace;
  readonly #timers: NodeJS.Timeout[] = [];
  #engine: Engine | null = null;
  #again = false;
  #ticks = 0;
  #dueMs = 0;
  #checkpointFailing = false;
  eventLoopLagMs = 0;
  /** Clients are served: only then rights are given away. */
  serves: () => boolean = () => false;
  /** Compares this region's clock with the others'. */
  onClockDue: (nowMs: number) => void = () => {};

  constructor(clock: Clock, logger: Logger, disk: DiskSpace) {
    this.#clock = clock;
    this.#logger = logger;
    this.#disk = disk;
  }

  start(): void {
    this.#dueMs = this.#clock.monotonicMs() + TICK_MS;
    this.#timers.push(
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => void this.#look(), SECOND_MS),
    );
    void this.#look();
  }

  /** Null while there is no engine to look after. */
  serve(engine: Engine | null): void {
    this.#engine = engine;
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#engine = null;
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    this.eventLoopLagMs = Math.max(0, nowMs - this.#dueMs);
    this.#dueMs = nowMs + TICK_MS;
    this.#work();
    this.#answerWishes();
    this.#ticks++;
    if (this.#ticks % CLOCKS_EVERY_TICKS === 0) this.onClockDue(nowMs);
    if (this.#ticks % TRUNCATE_EVERY_TICKS === 0) {
      this.#engine?.housekeeping.truncateLog().catch((error: unknown) => {
        this.#logger.error("old log segments cannot be removed", { error: String(error) });
      });
    }
  }

  #work(): void {
    const engine = this.#engine;
    if (engine === null) return;
    const more = engine.housekeeping.tick();
    const failing = engine.housekeeping.checkpoints.failure !== null;
    if (failing && !this.#checkpointFailing) {
      this.#logger.error("rows cannot be written; the log holds everything, and they are tried again", {
        error: engine.housekeeping.checkpoints.failure.message,
      });
    }
    this.#checkpointFailing = failing;
    if (!more || this.#again) return;
    this.#again = true;
    setImmediate(() => {
      this.#again = false;
      this.#work();
    });
  }

  #answerWishes(): void {
    if (!this.serves()) return;
    try {
      this.#engine?.limits.answer();
    } catch (error) {
      // The log has failed: the next engine is on its way, and whoever asked asks again.
      this.#logger.warn("wishes for rights cannot be answered", { error: String(error) });
    }
  }

  async #look(): Promise<void> {
    const before = this.#disk.state;
    try {
      await this.#disk.look(this.#engine?.housekeeping.checkpoints.owedBytes ?? this.#disk.owedBytes);
    } catch (error) {
      this.#logger.error("the disk's free space cannot be read", { error: String(error) });
    }
    if (this.#disk.state === before) return;
    const { freeBytes, owedBytes, freeMinBytes } = this.#disk;
    if (this.#disk.state === "full")
      this.#logger.error("the disk nears its end: writes are refused", { freeBytes, owedBytes, freeMinBytes });
    else this.#logger.info("the disk has room again: writes are taken", { freeBytes });
  }
}
