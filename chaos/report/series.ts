import { binned, greatest, percentile, type Bins } from "../figures/distribution.ts";
import type { Measured } from "../figures/measure.ts";
import type { RegionLine } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import { dictionary, list, nullable, number, object, text, type Shape } from "../record/shape.ts";

/** What the charts draw, in bins of time. `null`: nothing in that bin. */
export interface Series {
  readonly fromMs: number;
  readonly widthMs: number;
  readonly count: number;
  /** By the region that was asked, `router` for those that left it to the router. */
  readonly service: readonly ServiceSeries[];
  readonly latencyP50Ms: readonly (number | null)[];
  readonly latencyP99Ms: readonly (number | null)[];
  readonly lagP50Ms: readonly (number | null)[];
  readonly lagMaxMs: readonly (number | null)[];
  /** By write concern, and `everywhere`; empty where regions were not sampled. */
  readonly exposureMs: Readonly<Record<string, readonly (number | null)[]>>;
  /** When each region did not serve. */
  readonly away: readonly {
    readonly region: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly state: string;
  }[];
}

export interface ServiceSeries {
  readonly name: string;
  readonly acked: readonly number[];
  readonly failed: readonly number[];
  readonly unknown: readonly number[];
}

const values = list(nullable(number));
const counts = list(number);

export const SERIES: Shape<Series> = object<Series>({
  fromMs: number,
  widthMs: number,
  count: number,
  service: list(object<ServiceSeries>({ name: text, acked: counts, failed: counts, unknown: counts })),
  latencyP50Ms: values,
  latencyP99Ms: values,
  lagP50Ms: values,
  lagMaxMs: values,
  exposureMs: dictionary(values),
  away: list(object<Series["away"][number]>({ region: text, fromMs: number, toMs: number, state: text })),
});

const BINS_MAX = 150;
const BIN_MS_MIN = 100;

export function seriesOf(record: RunRecord, { phases, exposure }: Measured): Series {
  const untilMs = Math.max(phases.endMs, phases.healMs ?? 0, record.end?.equalMs ?? 0);
  const widthMs = Math.max(BIN_MS_MIN, Math.ceil((untilMs - phases.beginMs) / BINS_MAX / 50) * 50);
  const bins: Bins = { fromMs: phases.beginMs, widthMs, count: Math.floor((untilMs - phases.beginMs) / widthMs) + 1 };
  const names = [...record.header.regions, "router"].filter((name) => {
    return record.ops.some(({ regionAsked }) => (regionAsked ?? "router") === name);
  });
  const service = names.map((name) => {
    const own = binned(
      record.ops.filter(({ regionAsked }) => (regionAsked ?? "router") === name),
      (op) => op.scheduledMs,
      bins,
    );
    const of = (outcome: string): readonly number[] =>
      own.map((ops) => ops.filter((op) => op.outcome === outcome).length);
    return { name, acked: of("acked"), failed: of("failed"), unknown: of("unknown") };
  });
  const answered = binned(
    record.ops.filter(({ outcome }) => outcome === "acked"),
    (op) => op.scheduledMs,
    bins,
  );
  const latency = answered.map((ops) => ops.map(({ endedMs, scheduledMs }) => endedMs - scheduledMs));
  const probes = record.probes.filter(({ kind }) => kind === "write");
  const lag = binned(probes, ({ ackedMs }) => ackedMs, bins).map((some) =>
    some.map(({ seenMs, gaveUpMs, ackedMs }) => (seenMs ?? gaveUpMs ?? untilMs) - ackedMs),
  );
  const sampled = binned(exposure, ({ atMs }) => atMs, bins);
  const exposureMs = Object.fromEntries(
    (["local", "one", "all", "everywhere"] as const)
      .map((name) => [name, sampled.map((points) => greatest(points.map((point) => point[name])))] as const)
      .filter(([, ages]) => ages.some((age) => age !== null && age > 0)),
  );
  return {
    ...bins,
    service,
    latencyP50Ms: latency.map((some) => percentile(some, 50)),
    latencyP99Ms: latency.map((some) => percentile(some, 99)),
    lagP50Ms: lag.map((some) => percentile(some, 50)),
    lagMaxMs: lag.map(greatest),
    exposureMs,
    away: record.header.regions.flatMap((region) => awayOf(region, record.samples, untilMs)),
  };
}

function awayOf(region: string, samples: readonly RegionLine[], untilMs: number): Series["away"] {
  const away: { region: string; fromMs: number; toMs: number; state: string }[] = [];
  let current = { fromMs: 0, state: "serving" };
  for (const { atMs, state } of samples.filter((sample) => sample.region === region)) {
    if (state === current.state) continue;
    if (current.state !== "serving") away.push({ region, ...current, toMs: atMs });
    current = { fromMs: atMs, state };
  }
  if (current.state !== "serving") away.push({ region, ...current, toMs: untilMs });
  return away;
}
