import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { reportDay } from "../../../chaos/day/report-day.ts";
import { runDay } from "../../../chaos/day/run-day.ts";
import type { FinalLine } from "../../../chaos/record/lines.ts";
import type { Shown } from "../../../chaos/record/operations.ts";
import { judge } from "../../../chaos/report/judge.ts";
import { World } from "../../../chaos/world/start-world.ts";
import { openLinks } from "../../../chaos/links/open-links.ts";
import { PROGRAM, Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
let world: World | null = null;
afterEach(async () => {
  await world?.stop();
  scratch.clean();
});

const projectDirs = [fileURLToPath(new URL("../../..", import.meta.url))];

describe("a day of session traffic", () => {
  it("is over with nothing lost and every region equal, though one was killed", async (context) => {
    const onNote = (line: string): void => void context.annotate(line);
    const links = await openLinks({ choice: "auto", projectDirs, mayBuild: false, seed: 7, onNote });
    world = await World.start({
      program: PROGRAM,
      regions: ["us-east", "eu-west", "ap-southeast"],
      dataDir: scratch.directory(),
      basePort: 0,
      links,
      startTimeoutMs: 30_000,
      nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
    });
    const judgement = await runDay(world, {
      seed: 7,
      durationMs: 6_000,
      actionsPerSecond: 150,
      users: 100,
      convergeWithinMs: 20_000,
      onProgress: () => {},
    });
    const { record, checked, measured } = judgement;
    expect(checked.findings.filter(({ promised }) => promised === "yes")).toEqual([]);
    expect(measured.figures["writes.acked"]).toBeGreaterThan(200);
    expect(record.probes.length).toBeGreaterThan(10);
    expect(reportDay(judgement)).toMatch(/lost acknowledged writes {2,}0\n/u);

    // A judge that cannot condemn is worth nothing: what is planted into the record of this very day must be found.
    const kinds = (change: (line: FinalLine) => Partial<FinalLine> | null): string[] => {
      const finals = record.finals.map((line) => ({ ...line, ...change(line) }));
      return judge({ ...record, finals }).checked.findings.map(({ kind }) => kind);
    };
    const shownAs = (key: string, shown: Shown) => kinds((line) => (line.key === key ? { shown } : null));
    const ended = new Set(record.ops.flatMap(({ op }) => (op.kind === "session.logout" ? [op.key] : [])));
    const session = record.finals.find(({ shown, key }) => shown.type === "hash" && !ended.has(key))!;
    const fields = (session.shown as Extract<Shown, { type: "hash" }>).fields;
    expect(shownAs(session.key, { type: "absent" })).toContain("lost");
    expect(shownAs(session.key, { type: "hash", fields: { ...fields, nobody: "wrote" } })).toContain("invented");
    const counter = record.ops.find(({ op, outcome }) => op.kind === "counter.add" && outcome === "acked")!;
    expect(shownAs((counter.op as { key: string }).key, { type: "string", value: "0" })).toContain("wrong-count");
    const other: Shown = { type: "hash", fields: {} };
    expect(kinds((line) => (line === session ? { shown: other } : null))).toContain("diverged");
  });
});
