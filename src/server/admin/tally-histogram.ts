import type { Metric } from "prom-client";

/** One histogram for one value of its label. */
interface Tally {
  /** By bucket, and last what is above all of them. Not cumulative. */
  readonly counts: number[];
  sum: number;
}

/** What a registry of the library asks a metric for. */
interface Exposed {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly values: readonly {
    readonly metricName: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly sharedLabels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/**
 * A histogram of no label or one, read by the library's registry and observed without it: the library checks and hashes the labels of
 * every observation, fifteen times the cost of counting it, and there is one for each batch of a peer.
 */
export class TallyHistogram {
  readonly name: string;
  readonly #help: string;
  readonly #label: string | undefined;
  readonly #bounds: readonly number[];
  readonly #tallies = new Map<string, Tally>();

  /** `bounds` ascending. */
  constructor(name: string, help: string, label: string | undefined, bounds: readonly number[]) {
    this.name = name;
    this.#help = help;
    this.#label = label;
    this.#bounds = bounds;
    // Without a label it is there from the start.
    if (label === undefined) this.#tally("");
  }

  /** `label`: the value of its label; "" where it has none. */
  observe(value: number, label: string): void {
    const tally = this.#tallies.get(label) ?? this.#tally(label);
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    tally.counts[bucket]!++;
    tally.sum += value;
  }

  /** As a metric of the library, of which its registry uses no more than this. */
  asMetric(): Metric {
    return { name: this.name, get: () => Promise.resolve(this.#expose()) } as unknown as Metric;
  }

  #tally(label: string): Tally {
    const tally = { counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
    this.#tallies.set(label, tally);
    return tally;
  }

  #expose(): Exposed {
    const { name } = this;
    const values: Exposed["values"][number][] = [];
    for (const [label, { counts, sum }] of this.#tallies) {
      const sharedLabels = this.#label === undefined ? {} : { [this.#label]: label };
      let count = 0;
      for (const [bucket, more] of counts.entries()) {
        count += more;
        const labels = { le: this.#bounds[bucket] ?? "+Inf" };
        values.push({ metricName: `${name}_bucket`, labels, sharedLabels, value: count });
      }
      values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum });
      values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count });
    }
    return { name, help: this.#help, type: "histogram", values };
  }
}
