import { describe, expect, test } from "vitest";
import { METRICS } from "../../../src/server/admin/metric-names.ts";
import { Metrics, type MetricSample } from "../../../src/server/admin/metrics.ts";

/** `name{labels} value` of every line that is no comment. */
async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}

describe("the node's metrics", () => {
  test("are the declared ones, with their help and type, and the process's own", async () => {
    const { text, contentType } = await new Metrics("us-east", () => []).scrape();
    expect(contentType).toContain("text/plain");
    for (const { name, help, type } of METRICS) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    const declared = [...text.matchAll(/^# TYPE (antipode_\w+)/gmu)].map(([, name]) => name);
    expect(declared.toSorted()).toEqual(METRICS.map(({ name }) => name).toSorted());
    expect(text).toContain("process_resident_memory_bytes");
  });

  test("are read when somebody scrapes, and never counted twice", async () => {
    let keys = 1;
    let commands = 10;
    const sample = function* (): Generator<MetricSample> {
      yield { name: "antipode_keys", labels: { db: "0" }, value: keys };
      yield { name: "antipode_commands_total", labels: { command: "get", outcome: "ok" }, value: commands };
      yield { name: "antipode_ready", value: 1 };
    };
    const metrics = new Metrics("us-east", sample);
    await scrape(metrics);
    keys = 5;
    commands = 12;
    const seen = await scrape(metrics);
    expect(seen.get('antipode_keys{db="0",region="us-east"}')).toBe(5);
    expect(seen.get('antipode_commands_total{command="get",outcome="ok",region="us-east"}')).toBe(12);
    expect(seen.get('antipode_ready{region="us-east"}')).toBe(1);
  });

  test("two scrapes at one time both see whole numbers", async () => {
    const metrics = new Metrics("us-east", () => [{ name: "antipode_dirty_keys", value: 7 }]);
    for (const seen of await Promise.all([scrape(metrics), scrape(metrics), scrape(metrics)])) {
      expect(seen.get('antipode_dirty_keys{region="us-east"}')).toBe(7);
    }
  });

  test("what is gone from the samples is gone from the scrape", async () => {
    let peers = ["eu-west", "ap-southeast"];
    const metrics = new Metrics("us-east", () =>
      peers.map((peer) => ({ name: "antipode_peer_connected", labels: { peer }, value: 1 }) as const),
    );
    await scrape(metrics);
    peers = ["eu-west"];
    const names = [...(await scrape(metrics)).keys()].filter((name) => name.startsWith("antipode_peer_connected"));
    expect(names).toEqual(['antipode_peer_connected{peer="eu-west",region="us-east"}']);
  });

  test("durations are observed into buckets that a disk's fit", async () => {
    const metrics = new Metrics("us-east", () => []);
    for (const seconds of [0.0007, 0.003, 0.2]) metrics.observe("antipode_log_group_duration_seconds", seconds);
    metrics.observe("antipode_replication_delay_seconds", 0.05, "eu-west");
    metrics.observe("antipode_replication_delay_seconds", 20, "eu-west");
    const seen = await scrape(metrics);
    const bucket = (le: string): number | undefined =>
      seen.get(`antipode_log_group_duration_seconds_bucket{le="${le}",region="us-east"}`);
    expect([bucket("0.0005"), bucket("0.001"), bucket("0.005"), bucket("+Inf")]).toEqual([0, 1, 2, 3]);
    const delay = (what: string): number | undefined => seen.get(`antipode_replication_delay_seconds_${what}`);
    const labels = 'region="us-east",peer="eu-west"';
    expect([delay(`bucket{le="0.025",${labels}}`), delay(`bucket{le="0.05",${labels}}`)]).toEqual([0, 1]);
    expect([delay(`bucket{le="10",${labels}}`), delay(`bucket{le="+Inf",${labels}}`)]).toEqual([1, 2]);
    expect([delay(`sum{${labels}}`), delay(`count{${labels}}`)]).toEqual([20.05, 2]);
  });

  test("two nodes in one process keep theirs apart", async () => {
    const [one, two] = ["a", "b"].map((region) => new Metrics(region, () => [{ name: "antipode_ready", value: 1 }]));
    expect((await scrape(one!)).has('antipode_ready{region="b"}')).toBe(false);
    expect((await scrape(two!)).get('antipode_ready{region="b"}')).toBe(1);
  });
});
