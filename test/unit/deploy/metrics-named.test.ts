import { describe, expect, it } from "vitest";
import { openMetrics } from "../../../src/router/metrics.ts";
import { METRICS } from "../../../src/server/admin/metric-names.ts";
import { deployText, deployYaml, REGIONS } from "./deploy-files.ts";

interface Series {
  readonly histogram: boolean;
  readonly labels: ReadonlySet<string>;
}

/** Labels that Prometheus or the node's registry put on every series. */
const COMMON_LABELS = ["region", "job", "instance", "le"];

/** Every series that exists by the name that a query uses: histograms by their three. */
async function knownSeries(): Promise<ReadonlyMap<string, Series>> {
  const known = new Map<string, Series>([["up", { histogram: false, labels: new Set(COMMON_LABELS) }]]);
  const add = (name: string, histogram: boolean, labels: readonly string[]): void => {
    for (const suffix of histogram ? ["_bucket", "_sum", "_count"] : [""]) {
      known.set(name + suffix, { histogram, labels: new Set([...COMMON_LABELS, ...labels]) });
    }
  };
  for (const { name, type, labels } of METRICS) add(name, type === "histogram", labels);
  const router = openMetrics();
  for (const region of REGIONS) router.regionAdded(region);
  // A metric shows its labels only once it has a value.
  router.requestOver("us-east", "answered");
  router.replyBegan("us-east", 0.01);
  router.failedOver("us-east", "eu-west", false);
  router.probed("us-east", 10);
  router.probed("us-east", null);
  router.respOpened("us-east");
  router.respOver("us-east", "ended");
  const text = await router.text();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)) {
    const line = new RegExp(`^${name!}(?:_bucket)?\\{(.*)\\}`, "mu").exec(text);
    add(
      name!,
      type === "histogram",
      [...(line?.[1] ?? "").matchAll(/([a-z_]+)="/gu)].map((match) => match[1]!),
    );
  }
  return known;
}

interface Named {
  readonly series: readonly string[];
  readonly labels: readonly string[];
}

/** The series and labels of a PromQL expression; enough of its grammar for the expressions of this repository. */
function namesOf(expression: string): Named {
  const labels: string[] = [];
  const bare = expression
    .replaceAll(/\{([^}]*)\}/gu, (_all, inside: string) => {
      labels.push(...[...inside.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/gu)].map((match) => match[1]!));
      return "";
    })
    .replaceAll(/\[[^\]]*\]/gu, "")
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/gu, (_all, inside: string) => {
      labels.push(...inside.split(",").map((label) => label.trim()));
      return "";
    });
  const words = bare.matchAll(/(?<![\w.$])([a-z_:][\w:]*)(?!\s*\(|\w)/gu);
  const series = [...words].map((match) => match[1]!).filter((word) => !["and", "or", "unless", "bool"].includes(word));
  return { series, labels };
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const alertsFile = deployYaml("prometheus/alerts.yml") as { groups: readonly { rules: readonly AlertRule[] }[] };
const alerts = alertsFile.groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(deployText("grafana/dashboards/antipode.json")) as { readonly panels: readonly Panel[] };
const charts = panels.filter((panel) => panel.type !== "row");
const expressions = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr, shown: "" })),
  ...charts.flatMap((panel) =>
    panel.targets!.map(({ expr, legendFormat }) => ({ where: panel.title, expr, shown: legendFormat })),
  ),
];
const known = await knownSeries();

describe("queries of the dashboard and the alerts", () => {
  it("are read by the test as meant", () => {
    expect(namesOf('sum by (a, b) (rate(x_total{c="d"}[5m])) / on (e) y_sum > 0.5 or vector(0)')).toEqual({
      series: ["x_total", "y_sum"],
      labels: ["c", "a", "b", "e"],
    });
  });

  it.each(expressions)("$where: $expr", ({ expr, shown }) => {
    const { series, labels } = namesOf(expr);
    expect(series.length).toBeGreaterThan(0);
    expect(series.filter((name) => !known.has(name))).toEqual([]);
    const has = new Set(series.flatMap((name) => [...known.get(name)!.labels]));
    const wanted = [...labels, ...[...shown.matchAll(/\{\{(\w+)\}\}/gu)].map((match) => match[1]!)];
    expect(wanted.filter((label) => !has.has(label))).toEqual([]);
    expect(expr.split("(").length).toBe(expr.split(")").length);
  });

  it("show every metric of a node on the dashboard", () => {
    const shown = new Set(charts.flatMap((panel) => panel.targets!.flatMap(({ expr }) => namesOf(expr).series)));
    const missing = METRICS.filter(({ name }) => !shown.has(name) && !shown.has(`${name}_bucket`));
    expect(missing.map((metric) => metric.name)).toEqual([]);
  });
});

describe("alerts.yml", () => {
  it("names each alert once, with a severity, a duration and advice", () => {
    expect(new Set(alerts.map((rule) => rule.alert)).size).toBe(alerts.length);
    for (const rule of alerts) {
      expect(["page", "ticket"], rule.alert).toContain(rule.labels.severity);
      expect(rule.for, rule.alert).toMatch(/^\d+[smh]$/u);
      expect(rule.annotations.summary.length, rule.alert).toBeGreaterThan(10);
      expect(rule.annotations.description.length, rule.alert).toBeGreaterThan(10);
    }
  });

  it("labels in an alert's text are labels of its result", () => {
    for (const { alert, expr, annotations } of alerts) {
      const { series } = namesOf(expr);
      const has = new Set(series.flatMap((name) => [...known.get(name)!.labels]));
      const kept = /\bby\s*\(([^)]*)\)/u
        .exec(expr)?.[1]
        ?.split(",")
        .map((label) => label.trim()) ?? [...has];
      for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/gu)) expect(kept, alert).toContain(label);
    }
  });
});

describe("the dashboard", () => {
  it("asks the data source that is provisioned, in panels that do not overlap", () => {
    const { datasources } = deployYaml("grafana/provisioning/datasources/prometheus.yml") as {
      datasources: readonly { uid: string }[];
    };
    expect(new Set(charts.map((panel) => panel.datasource?.uid))).toEqual(new Set(datasources.map((one) => one.uid)));
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}:${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});
