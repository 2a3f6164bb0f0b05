import type {
  Budget,
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
import { OPERATION, SAW, SHOWN } from "./operations.ts";
import { count, dictionary, flag, list, nullable, number, object, tagged, text, word, type Shape } from "./shape.ts";

export const BUDGET: Shape<Budget> = object<Budget>({ figure: text, min: nullable(number), max: nullable(number) });

const HEADER = object<HeaderLine>({
  line: word("header"),
  version: count,
  scenario: text,
  title: text,
  seed: number,
  profile: text,
  regions: list(text),
  proxy: text,
  programs: dictionary(text),
  environment: dictionary(text),
  startedAt: text,
  classes: list(
    object<HeaderLine["classes"][number]>({
      prefix: text,
      class: word("update-wins", "delete-wins", "delete-final"),
    }),
  ),
  workload: object<HeaderLine["workload"]>({ ratePerSecond: number, openLoop: flag, clients: count }),
  convergeWithinMs: number,
  budgets: list(BUDGET),
  expectsFault: flag,
  links: dictionary(text),
});

const OP = object<OpLine>({
  line: word("op"),
  id: count,
  client: text,
  session: nullable(text),
  via: word("resp", "rest", "router-resp", "router-rest", "simulated"),
  library: nullable(text),
  regionAsked: nullable(text),
  regionServed: nullable(text),
  op: OPERATION,
  scheduledMs: number,
  startedMs: number,
  endedMs: number,
  outcome: word("acked", "failed", "unknown"),
  error: nullable(text),
  saw: nullable(SAW),
  concern: word("local", "one", "all"),
  confirmedBy: nullable(count),
  token: word("none", "fresh", "stale"),
});

const FAULT = object<FaultLine>({
  line: word("fault"),
  id: text,
  kind: text,
  title: text,
  phase: word("begin", "heal"),
  regions: list(text),
  links: list(text),
  losesDisk: flag,
  askedMs: number,
  atMs: number,
});

const REGION = object<RegionLine>({
  line: word("region"),
  atMs: number,
  region: text,
  state: word("serving", "up", "down"),
  positions: nullable(dictionary(count)),
  digest: nullable(object<NonNullable<RegionLine["digest"]>>({ value: text, forMs: number })),
  keys: nullable(count),
});

const PROBE = object<ProbeLine>({
  line: word("probe"),
  kind: word("write", "logout"),
  from: text,
  to: text,
  ackedMs: number,
  seenMs: nullable(number),
  gaveUpMs: nullable(number),
});

const EVENT = object<EventLine>({
  line: word("event"),
  atMs: number,
  kind: word("detected", "decided", "returned", "stopped", "started", "serving", "workload", "note", "failure"),
  region: nullable(text),
  detail: text,
});

const FINAL = object<FinalLine>({
  line: word("final"),
  without: nullable(text),
  region: text,
  key: text,
  shown: SHOWN,
  ttlMs: nullable(number),
  fromMs: number,
  toMs: number,
});

const END = object<EndLine>({ line: word("end"), atMs: number, equalMs: nullable(number), digests: dictionary(text) });

export const RECORD_LINE: Shape<RecordLine> = tagged<"line", RecordLine>("line", {
  header: HEADER,
  op: OP,
  fault: FAULT,
  region: REGION,
  probe: PROBE,
  event: EVENT,
  final: FINAL,
  end: END,
});
