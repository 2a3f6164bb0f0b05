import type { CommandInfo } from "./command-meta.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

export interface CommandCount {
  calls: number;
  micros: number;
  /** Refused before it ran. */
  rejected: number;
  /** Ran and answered an error. */
  failed: number;
  readonly histogram: LatencyHistogram;
}

const ERROR_CODES_MAX = 128;

/** Counts that INFO and CONFIG RESETSTAT know. */
export class CommandStatistics {
  readonly #byCommand = new Map<CommandInfo, CommandCount>();
  readonly #byErrorCode = new Map<string, number>();
  /** Since the start or the last reset. */
  processed = 0;
  errors = 0;
  /** The setting `latency-tracking`. */
  tracksLatency = true;
  #sampledAtMs = 0;
  #sampledProcessed = 0;

  ran(command: CommandInfo, micros: number, failed: boolean): void {
    const count = this.#countOf(command);
    count.calls++;
    count.micros += micros;
    if (this.tracksLatency) count.histogram.record(micros);
    if (failed) count.failed++;
    this.processed++;
  }

  refused(command: CommandInfo | null): void {
    if (command !== null) this.#countOf(command).rejected++;
  }

  /** A script may make up codes: past so many, new ones are counted in the sum alone. */
  error(code: string): void {
    this.errors++;
    if (this.#byErrorCode.size >= ERROR_CODES_MAX && !this.#byErrorCode.has(code)) return;
    this.#byErrorCode.set(code, (this.#byErrorCode.get(code) ?? 0) + 1);
  }

  commands(): Iterable<readonly [CommandInfo, CommandCount]> {
    return this.#byCommand;
  }

  errorCodes(): Iterable<readonly [string, number]> {
    return this.#byErrorCode;
  }

  /** Commands a second since this was last asked. */
  ratePerSecond(monotonicMs: number): number {
    const elapsedMs = monotonicMs - this.#sampledAtMs;
    const commands = this.processed - this.#sampledProcessed;
    this.#sampledAtMs = monotonicMs;
    this.#sampledProcessed = this.processed;
    return elapsedMs <= 0 ? 0 : Math.round((commands * 1000) / elapsedMs);
  }

  reset(): void {
    this.#byCommand.clear();
    this.#byErrorCode.clear();
    this.processed = 0;
    this.errors = 0;
    this.#sampledProcessed = 0;
  }

  #countOf(command: CommandInfo): CommandCount {
    let count = this.#byCommand.get(command);
    if (count === undefined) {
      this.#byCommand.set(
        command,
        (count = { calls: 0, micros: 0, rejected: 0, failed: 0, histogram: new LatencyHistogram() }),
      );
    }
    return count;
  }
}
