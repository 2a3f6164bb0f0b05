import type {
  EndLine,
  EventLine,
  FaultLine,
  FinalLine,
  HeaderLine,
  OpLine,
  ProbeLine,
  RecordLine,
  RegionLine,
} from "./lines.ts";

/** A record in memory, its lines by their kind, each in the order of the file. What checkers and figures take. */
export interface RunRecord {
  readonly header: HeaderLine;
  readonly ops: readonly OpLine[];
  readonly faults: readonly FaultLine[];
  readonly samples: readonly RegionLine[];
  readonly probes: readonly ProbeLine[];
  readonly events: readonly EventLine[];
  readonly finals: readonly FinalLine[];
  /** Null: the run was cut short. */
  readonly end: EndLine | null;
}

/** A record is not one: no header, a line after the end, two headers. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** Puts lines together; what a run keeps in memory and what a reader reads end as the same. */
export function gatherRecord(lines: Iterable<RecordLine>): RunRecord {
  const gatherer = new RecordGatherer();
  for (const line of lines) gatherer.add(line);
  return gatherer.finish();
}

/** Takes lines one by one. */
export class RecordGatherer {
  #header: HeaderLine | null = null;
  #end: EndLine | null = null;
  readonly #ops: OpLine[] = [];
  readonly #faults: FaultLine[] = [];
  readonly #samples: RegionLine[] = [];
  readonly #probes: ProbeLine[] = [];
  readonly #events: EventLine[] = [];
  readonly #finals: FinalLine[] = [];

  add(line: RecordLine): void {
    if (line.line === "header") {
      if (this.#header !== null) throw new RecordError("the record has two headers");
      this.#header = line;
      return;
    }
    if (this.#header === null) throw new RecordError("the record does not begin with its header");
    if (this.#end !== null) throw new RecordError("the record goes on after its end");
    switch (line.line) {
      case "op":
        this.#ops.push(line);
        return;
      case "fault":
        this.#faults.push(line);
        return;
      case "region":
        this.#samples.push(line);
        return;
      case "probe":
        this.#probes.push(line);
        return;
      case "event":
        this.#events.push(line);
        return;
      case "final":
        this.#finals.push(line);
        return;
      case "end":
        this.#end = line;
    }
  }

  finish(): RunRecord {
    if (this.#header === null) throw new RecordError("the record is empty");
    return {
      header: this.#header,
      ops: this.#ops,
      faults: this.#faults,
      samples: this.#samples,
      probes: this.#probes,
      events: this.#events,
      finals: this.#finals,
      end: this.#end,
    };
  }
}
