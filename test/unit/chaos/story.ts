import type {
  EndLine,
  FaultLine,
  FinalLine,
  HeaderLine,
  OpLine,
  ProbeLine,
  RecordLine,
  RegionLine,
} from "../../../chaos/record/lines.ts";
import type { Operation, Saw, Shown } from "../../../chaos/record/operations.ts";
import { gatherRecord, type RunRecord } from "../../../chaos/record/record.ts";

export const ABSENT: Shown = { type: "absent" };
export const string = (value: string): Shown => ({ type: "string", value });
export const hash = (fields: Record<string, string>): Shown => ({ type: "hash", fields });
export const set = (...members: string[]): Shown => ({ type: "set", members });

/** A record told by hand, with regions `a`, `b`, `c`; times in ms. */
export class Story {
  readonly #lines: RecordLine[] = [];
  readonly #header: HeaderLine;
  #ids = 0;
  #end: EndLine | null = { line: "end", atMs: 10_000, equalMs: 9_000, digests: { a: "d", b: "d", c: "d" } };

  constructor(header: Partial<HeaderLine> = {}) {
    this.#header = {
      line: "header",
      version: 1,
      scenario: "told",
      title: "A record told by a test.",
      seed: 1,
      profile: "unit",
      regions: ["a", "b", "c"],
      proxy: "none",
      programs: { antipode: "0.1.0" },
      environment: {},
      startedAt: "2026-01-01T00:00:00.000Z",
      classes: [
        { prefix: "sess:", class: "delete-wins" },
        { prefix: "final:", class: "delete-final" },
      ],
      workload: { ratePerSecond: 100, openLoop: true, clients: 3 },
      convergeWithinMs: 5_000,
      budgets: [],
      expectsFault: false,
      links: {},
      ...header,
    };
  }

  /** An operation of `region`, acked after a millisecond unless `more` says otherwise. */
  op(region: string, startedMs: number, op: Operation, more: Partial<OpLine> = {}): OpLine {
    const line: OpLine = {
      line: "op",
      id: ++this.#ids,
      client: `client-${region}`,
      session: null,
      via: "resp",
      library: "ioredis",
      regionAsked: region,
      regionServed: region,
      op,
      scheduledMs: startedMs,
      startedMs,
      endedMs: startedMs + 1,
      outcome: "acked",
      error: null,
      saw: null,
      concern: "local",
      confirmedBy: null,
      token: "none",
      ...more,
    };
    this.#lines.push(line);
    return line;
  }

  read(region: string, startedMs: number, op: Operation, saw: Saw, more: Partial<OpLine> = {}): OpLine {
    return this.op(region, startedMs, op, { saw, ...more });
  }

  fault(beginMs: number, healMs: number | null, more: Partial<FaultLine> = {}): void {
    const line: FaultLine = {
      line: "fault",
      id: `f${beginMs}`,
      kind: "kill",
      title: "a is killed",
      phase: "begin",
      regions: ["a"],
      links: [],
      losesDisk: false,
      askedMs: beginMs,
      atMs: beginMs,
      ...more,
    };
    this.#lines.push(line);
    if (healMs !== null) this.#lines.push({ ...line, phase: "heal", askedMs: healMs, atMs: healMs });
  }

  sample(atMs: number, region: string, positions: Record<string, number> | null, more: Partial<RegionLine> = {}): void {
    const state = positions === null ? "down" : "serving";
    this.#lines.push({ line: "region", atMs, region, state, positions, digest: null, keys: null, ...more });
  }

  probe(from: string, to: string, ackedMs: number, seenMs: number | null, more: Partial<ProbeLine> = {}): void {
    const gaveUpMs = seenMs === null ? ackedMs + 5_000 : null;
    this.#lines.push({ line: "probe", kind: "write", from, to, ackedMs, seenMs, gaveUpMs, ...more });
  }

  line(line: RecordLine): void {
    this.#lines.push(line);
  }

  /** What all regions show of a key at 9,500 ms. */
  final(key: string, shown: Shown, more: Partial<FinalLine> = {}): void {
    const regions = more.region === undefined ? this.#header.regions : [more.region];
    for (const region of regions.filter((each) => each !== more.without)) {
      const line: FinalLine = {
        line: "final",
        without: null,
        region,
        key,
        shown,
        ttlMs: null,
        fromMs: 9_500,
        toMs: 9_501,
        ...more,
      };
      this.#lines.push({ ...line, region });
    }
  }

  end(end: Partial<EndLine> | null): void {
    this.#end = end === null ? null : { ...this.#end!, ...end };
  }

  get record(): RunRecord {
    return gatherRecord([this.#header, ...this.#lines, ...(this.#end === null ? [] : [this.#end])]);
  }
}
