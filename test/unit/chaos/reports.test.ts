import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildReport } from "../../../chaos/report/build-report.ts";
import { DEFINITIONS } from "../../../chaos/report/definitions.ts";
import { renderHtml } from "../../../chaos/report/html/render-html.ts";
import { judge } from "../../../chaos/report/judge.ts";
import { renderJunit } from "../../../chaos/report/junit.ts";
import { putBetween, renderOutageTable } from "../../../chaos/report/outage-table.ts";
import { REPORT } from "../../../chaos/report/report.ts";
import { renderSummary } from "../../../chaos/report/summary.ts";
import { readReport, writeReports } from "../../../chaos/report/write-reports.ts";
import { Story } from "./story.ts";
import { tellRun } from "./told-run.ts";

const directory = mkdtempSync(join(tmpdir(), "antipode-report-"));
afterAll(() => rmSync(directory, { recursive: true }));

const green = buildReport(judge(tellRun(false)));
const red = buildReport(judge(tellRun(true)), green);

describe("reports", () => {
  it("report.json is read as it was written, and refused with what is wrong", async () => {
    await writeReports(directory, red);
    expect(await readReport(join(directory, "report.json"))).toEqual(JSON.parse(JSON.stringify(red)));
    const refusal = async (change: (text: string) => string): Promise<string> => {
      const path = join(directory, "changed.json");
      writeFileSync(path, change(readFileSync(join(directory, "report.json"), "utf8")));
      return readReport(path).then(
        () => "read",
        (error: Error) => error.message.replace(`${path}: `, ""),
      );
    };
    expect(await refusal((text) => text.replace('"version": 1', '"version": 9'))).toBe(
      "the report is of version 9, this program reads version 1",
    );
    expect(await refusal((text) => text.replace('"verdict": "red"', '"verdict": "rosy"'))).toBe(
      'is no report: report.verdict wants "green" or "red" or "unknown" or "failed", not "rosy"',
    );
    expect(await refusal(() => "{")).toMatch(/^is no report: /u);
  });

  it("the schema in docs/ is the one that is checked", async () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "report.json of antipode chaos",
      ...REPORT.schema,
    };
    await expect(`${JSON.stringify(schema, null, 1)}\n`).toMatchFileSnapshot(
      "../../../docs/schemas/chaos-report.schema.json",
    );
  });

  it("junit.xml has a case for every budget, and tells what was found", () => {
    const xml = renderJunit(red);
    expect(xml.match(/<testcase /gu)).toHaveLength(red.budgets.length + 1);
    expect(xml).toContain('failures="2" errors="0"');
    expect(xml).toMatch(/<failure message="measured 3">sess:\d+ lacks u\d+, acknowledged by eu-west/u);
    expect(renderJunit(green)).toContain('failures="0" errors="0"');
    const empty = renderJunit(buildReport(judge(new Story({ scenario: 'a "b" <c> \u0001' }).record)));
    expect(empty).toContain('<error message="unknown: no write was acknowledged">');
    expect(empty).toContain("chaos.a &quot;b&quot; &lt;c&gt; ");
    expect(empty).not.toContain("\u0001");
  });

  it("summary.md says the verdict, both losses, every budget and the change since the baseline", () => {
    const text = renderSummary(red);
    expect(text).toContain("## ❌ a budget is broken: region-killed");
    expect(text).toMatch(/\| every region comes back \| 3 \| \d+ ms \|/u);
    expect(text).toMatch(/\| it never comes back, its disk gone \| 3 \|/u);
    for (const { figure } of red.budgets) expect(text).toContain(figure);
    expect(text).toMatch(/acknowledged writes lost, though every region came back \| 0 \| 3 \| worse/u);
    expect(renderSummary(green)).toContain("✅ within budgets");
  });

  it("report.html is one file that asks for nothing, with the definitions in it", () => {
    const html = renderHtml(red);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/u);
    expect(html).not.toMatch(/https?:/u);
    for (const { term } of DEFINITIONS) expect(html).toContain(term.replaceAll("&", "&amp;"));
    expect(html).toContain("A budget is broken");
    expect(renderHtml(green)).toContain("Within budgets");
  });

  it("names from a record are shown, never run", () => {
    const story = new Story({ title: "<script>alert(1)</script>", scenario: "</script>" });
    story.op("a", 1, { kind: "string.set", key: "<img onerror=alert(1)>", value: "'\"", ttlMs: null });
    story.final("<img onerror=alert(1)>", { type: "absent" });
    const html = renderHtml(buildReport(judge(story.record)));
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img onerror=alert(1)&gt;");
  });

  it("an empty run has reports too", () => {
    const report = buildReport(judge(new Story().record));
    expect([report.verdict, report.exitStatus]).toEqual(["unknown", 2]);
    expect(renderHtml(report)).toContain("Unknown: this run says too little");
    expect(renderSummary(report)).toContain("❓ unknown");
  });
});

describe("the table of outages", () => {
  it("has a row for each scenario, the long one with its verdict", () => {
    const long = renderOutageTable([red], "long");
    expect(long.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(3);
    expect(long).toMatch(
      /\(`region-killed`\) \| 7\.5 s \| 3,58\d \| 3 \| 3 \(\d+ ms\) \| \d+ ms \/ \d+ ms \| \d+ ms \| \d+ ms \| \*\*a budget is broken\*\* \|/u,
    );
    expect(long).toContain("Antipode 0.2.0, 2026-01-01; profile ci, one run each");
    expect(renderOutageTable([red, green], "short")).toMatch(/comes back\. \| 7\.5 s \| 0 \| 3 \(\d+ ms\)/u);
  });

  it("goes between its markers, and nowhere else", () => {
    expect(putBetween("a <!-- t --> old <!-- /t --> b", "t", "new")).toBe("a <!-- t -->\n\nnew\n\n<!-- /t --> b");
    expect(() => putBetween("a", "t", "new")).toThrow("lacks the lines <!-- t --> and <!-- /t -->");
  });
});
