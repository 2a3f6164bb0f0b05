import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BENCH_PROGRAM } from "../../../src/cli/bench-program.ts";
import { NODE_PROGRAM } from "../../../src/cli/node-program.ts";
import { NODE_SETTINGS } from "../../../src/cli/node-settings.ts";
import { parseFlags, renderSettingsTable } from "../../../src/cli/program.ts";
import { resolveSettings } from "../../../src/cli/resolve-settings.ts";
import { ROUTER_PROGRAM } from "../../../src/cli/router-program.ts";
import { parseBytes, parseHostPort, SettingError } from "../../../src/cli/setting.ts";
import { WORLD_PROGRAM } from "../../../src/cli/world-program.ts";

const PROGRAMS = [NODE_PROGRAM, ROUTER_PROGRAM, WORLD_PROGRAM, BENCH_PROGRAM];

function renderConfiguration(): string {
  const sections = PROGRAMS.map(
    (program) =>
      `## antipode ${program.name}\n\n${program.summary[0]!.toUpperCase()}${program.summary.slice(1)}\n\n${renderSettingsTable(program)}\n`,
  );
  return `# Configuration

Made from the settings' tables; do not edit. Flags win over the environment, the environment over the configuration file, the file over the
default. The file is a JSON object by flag name, \`{"region": "us-east", "peer": ["eu-west=ws://…"], "maxmemory": "2gb"}\`. In the environment repeatable
settings are separated by commas. Secrets belong into the environment or the file: a flag is seen by everyone who lists processes.

${sections.join("\n")}`;
}

describe("settings", () => {
  it("docs/configuration.md is what the tables say", async () => {
    const path = fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url));
    await expect(renderConfiguration()).toMatchFileSnapshot(path);
  });

  const resolve = (flags: string[], environment: Record<string, string> = {}, file: Record<string, string[]> = {}) =>
    resolveSettings(NODE_SETTINGS, { flags: parseFlags(NODE_SETTINGS, flags), environment, file });

  it("flags win over the environment, the environment over the file, the file over the default", () => {
    expect(resolve([]).maxclients).toBe(10_000);
    expect(resolve([], {}, { maxclients: ["1"] }).maxclients).toBe(1);
    expect(resolve([], { ANTIPODE_MAXCLIENTS: "2" }, { maxclients: ["1"] }).maxclients).toBe(2);
    expect(resolve(["--maxclients=3"], { ANTIPODE_MAXCLIENTS: "2" }).maxclients).toBe(3);
  });

  it("repeatable settings come from several flags or a list", () => {
    const two = [
      { name: "b", url: "ws://h:1" },
      { name: "c", url: "ws://h:2" },
    ];
    expect(resolve(["--peer", "b=ws://h:1", "--peer", "c=ws://h:2"]).peers).toEqual(two);
    expect(resolve([], { ANTIPODE_PEER: "b=ws://h:1,c=ws://h:2" }).peers).toEqual(two);
  });

  it("a bad value names where it came from, and never shows a secret", () => {
    expect(() => resolve([], { ANTIPODE_RESP: "nowhere" })).toThrow('ANTIPODE_RESP wants HOST:PORT, not "nowhere"');
    expect(() => resolve([], {}, { nonsense: ["1"] })).toThrow('configuration file: unknown setting "nonsense"');
    expect(() => resolve(["--maxclients", "many"])).toThrow("--maxclients wants a whole number");
    expect(() => resolve([], {}, { token: [""] })).toThrow("configuration file: token: refused");
  });

  it("addresses and sizes", () => {
    expect(parseHostPort("[::1]:7")).toEqual({ host: "::1", port: 7 });
    for (const bad of ["1:2:3", "host", "host:99999", ":1"]) expect(() => parseHostPort(bad)).toThrow(SettingError);
    expect([parseBytes("512mb"), parseBytes("1GB"), parseBytes("7")]).toEqual([536_870_912, 1_073_741_824, 7]);
    expect(() => parseBytes("1.5gb")).toThrow(SettingError);
  });
});
