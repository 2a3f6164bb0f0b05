import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { judgeDay } from "../../../chaos/day/judge.ts";
import { runDay } from "../../../chaos/day/run-day.ts";
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
    const result = await runDay(world, {
      seed: 7,
      durationMs: 6_000,
      actionsPerSecond: 150,
      users: 100,
      convergeWithinMs: 20_000,
      onProgress: () => {},
    });
    expect(result.verdict.findings).toEqual([]);
    expect(result.verdict.checked.ackedWrites).toBeGreaterThan(200);
    expect(result.lag.samples).toBeGreaterThan(10);

    // A judge that cannot condemn is worth nothing: each planted fault must be found.
    const { attempts, final } = result;
    const session = attempts.find(
      ({ action, outcome }) =>
        action.kind === "cart" &&
        outcome === "acked" &&
        final.sessions[action.session]?.fields[action.field] !== undefined,
    )!.action as { session: string; field: string };
    const altered = (fields: Record<string, string>): typeof final => ({
      ...final,
      sessions: { ...final.sessions, [session.session]: { ...final.sessions[session.session]!, fields } },
    });
    const { [session.field]: _, ...lacking } = final.sessions[session.session]!.fields;
    const kinds = (state: typeof final): string[] => judgeDay(attempts, state).findings.map(({ kind }) => kind);
    expect(kinds(altered(lacking))).toContain("lost");
    expect(kinds(altered({ ...final.sessions[session.session]!.fields, nobody: "wrote" }))).toContain("invented");
    const [counter] = Object.keys(final.counters);
    expect(kinds({ ...final, counters: { ...final.counters, [counter!]: 0 } })).toContain("wrong-count");
    expect(kinds({ ...final, digests: { ...final.digests, "us-east": "other" } })).toContain("diverged");
    const expired = attempts.find(({ action }) => action.kind === "login" && action.ttlMs < 5000)!.action.session;
    const back = { ...final, sessions: { ...final.sessions, [expired]: { fields: { user: "x" }, ttlMs: 1 } } };
    expect(kinds(back)).toContain("ghost");
  });
});
