import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { METRICS, type MetricName } from "./metric-names.ts";

/** Values read at scrape time: by metric, one number or a number per label values. */
export interface MetricSample {
  readonly name: MetricName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** From half a millisecond, where a good disk is, to ten seconds, where something is wrong. */
const DURATION_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The node's metrics, declared from the list alone. Hot paths keep plain numbers; they are read when somebody scrapes. Only
 * histograms are observed as things happen.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #histograms = new Map<string, Histogram>();
  readonly #sampled = new Map<string, Counter | Gauge>();
  readonly #sample: () => Iterable<MetricSample>;

  constructor(region: string, sample: () => Iterable<MetricSample>) {
    this.#sample = sample;
    this.#registry.setDefaultLabels({ region });
    collectDefaultMetrics({ register: this.#registry });
    for (const { name, help, type, labels } of METRICS) {
      const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (type === "histogram") this.#histograms.set(name, new Histogram({ ...options, buckets: DURATION_BUCKETS_S }));
      else this.#sampled.set(name, type === "counter" ? new Counter(options) : new Gauge(options));
    }
  }

  observe(name: MetricName, seconds: number, labels: Readonly<Record<string, string>> = {}): void {
    this.#histograms.get(name)!.observe({ ...labels }, seconds);
  }

  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    for (const metric of this.#sampled.values()) metric.reset();
    for (const { name, labels, value } of this.#sample()) this.#sampled.get(name)!.inc({ ...labels }, value);
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
