import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { assert } from "../../base/assert.ts";
import { METRICS, type MetricDescription, type MetricName } from "./metric-names.ts";
import { TallyHistogram } from "./tally-histogram.ts";

type Declared = (typeof METRICS)[number];

/** What is observed as it happens. */
export type HistogramName = Extract<Declared, { readonly type: "histogram" }>["name"];
/** What is read when somebody scrapes. */
export type SampledName = Exclude<MetricName, HistogramName>;

/** Values read at scrape time: by metric, one number or a number per label values. */
export interface MetricSample {
  readonly name: SampledName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** From half a millisecond, where a good disk is, to ten seconds, where something is wrong. */
const DURATION_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The node's metrics, declared from the list alone, in a registry of their own beside the process's usual ones. Hot paths keep
 * plain numbers (a labelled counter of the library costs more than many a command); they are read when somebody scrapes. Only
 * histograms are observed as things happen, and none of them once a command of a client; once a peer's batch is enough to keep them plain
 * as well (`TallyHistogram`).
 *
 * A scrape that fails says so to its reader alone: counters start from nothing each time, so nothing is counted twice.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #histograms = new Map<HistogramName, TallyHistogram>();
  readonly #sampled = new Map<SampledName, Counter | Gauge>();
  readonly #sample: () => Iterable<MetricSample>;

  constructor(region: string, sample: () => Iterable<MetricSample>) {
    this.#sample = sample;
    this.#registry.setDefaultLabels({ region });
    collectDefaultMetrics({ register: this.#registry });
    for (const metric of METRICS) {
      const options = {
        name: metric.name,
        help: metric.help,
        labelNames: [...metric.labels],
        registers: [this.#registry],
      };
      if (metric.type === "histogram") {
        const { bucketsS = DURATION_BUCKETS_S, labels }: MetricDescription = metric;
        assert(labels.length <= 1, `the histogram ${metric.name} has more than one label`);
        const histogram = new TallyHistogram(metric.name, metric.help, labels[0], bucketsS);
        this.#registry.registerMetric(histogram.asMetric());
        this.#histograms.set(metric.name, histogram);
      } else this.#sampled.set(metric.name, metric.type === "counter" ? new Counter(options) : new Gauge(options));
    }
  }

  /** `label`: the value of the metric's label; "" where it has none. */
  observe(name: HistogramName, seconds: number, label = ""): void {
    this.#histograms.get(name)!.observe(seconds, label);
  }

  /** The text Prometheus reads. */
  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    for (const metric of this.#sampled.values()) metric.reset();
    for (const { name, labels, value } of this.#sample()) this.#sampled.get(name)!.inc({ ...labels }, value);
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
