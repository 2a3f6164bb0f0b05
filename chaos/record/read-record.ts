import { createReadStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { RECORD_LINE } from "./line-shapes.ts";
import { RECORD_VERSION, type RecordLine } from "./lines.ts";
import { RecordError, RecordGatherer, type RunRecord } from "./record.ts";

/** Reads `history.ndjson` or `history.ndjson.gz`; every line is checked. Throws RecordError with file and line. */
export async function readRecord(path: string): Promise<RunRecord> {
  const gatherer = new RecordGatherer();
  let at = 0;
  try {
    for await (const text of linesOf(open(path))) {
      at++;
      if (text !== "") gatherer.add(parseLine(text));
    }
    return gatherer.finish();
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    throw new RecordError(`${path}${at > 0 ? `, line ${at}` : ""}: ${message}`, { cause: error });
  }
}

function open(path: string): Readable {
  const file = createReadStream(path);
  const plain = path.endsWith(".gz") ? createGunzip() : new PassThrough();
  file.on("error", (error) => plain.destroy(error));
  return file.pipe(plain);
}

/** Whole lines. What a run that died has left (a torn line, a compressed file without its tail) is left out: its record has no end. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const chunk of input.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "Z_BUF_ERROR") throw error;
  }
}

/** One line, checked. */
export function parseLine(text: string): RecordLine {
  const value = JSON.parse(text) as { readonly line?: unknown; readonly version?: unknown };
  if (value.line === "header" && value.version !== RECORD_VERSION) {
    throw new RecordError(
      `the record is of version ${JSON.stringify(value.version) ?? "none"}, this program reads version ${RECORD_VERSION}`,
    );
  }
  return RECORD_LINE.read(value, typeof value.line === "string" ? value.line : "line");
}
