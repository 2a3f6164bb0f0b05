import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { HeaderLine, RecordLine } from "./lines.ts";
import { RecordGatherer, type RunRecord } from "./record.ts";

/** A microsecond is as exact as the clock; more digits only make the file larger. */
const DIGITS = 1000;

/** A line as it stands in the file. */
export function formatLine(line: RecordLine): string {
  return JSON.stringify(line, (_, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Math.round(value * DIGITS) / DIGITS : value,
  );
}

/**
 * Writes a record as it happens, compressed, and keeps its lines for the judge. The file is complete once `close` is done; what a run that
 * died has left behind is a record without an end, which the reader reads as far as it goes.
 */
export class RecordWriter {
  readonly #gzip = createGzip();
  readonly #written: Promise<void>;
  readonly #gatherer = new RecordGatherer();

  /** `path`: by custom `history.ndjson.gz`. */
  constructor(path: string, header: HeaderLine) {
    this.#written = finished(this.#gzip.pipe(createWriteStream(path)));
    // A disk that fails is told by `close`; until then nobody waits for this promise.
    this.#written.catch(() => {});
    this.write(header);
  }

  write(line: RecordLine): void {
    this.#gatherer.add(line);
    this.#gzip.write(`${formatLine(line)}\n`);
  }

  /** The lines so far, in memory. */
  get record(): RunRecord {
    return this.#gatherer.finish();
  }

  async close(): Promise<void> {
    this.#gzip.end();
    await this.#written;
  }
}
