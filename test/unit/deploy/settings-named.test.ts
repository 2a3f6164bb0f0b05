import { describe, expect, it } from "vitest";
import { NODE_SETTINGS } from "../../../src/cli/node-settings.ts";
import { parseFlags } from "../../../src/cli/program.ts";
import { environmentName, resolveSettings } from "../../../src/cli/resolve-settings.ts";
import { ROUTER_SETTINGS } from "../../../src/cli/router-settings.ts";
import { checkNodeOptions, type NodeOptions } from "../../../src/node/node-options.ts";
import { deployText } from "./deploy-files.ts";

const settings = [...Object.values(NODE_SETTINGS), ...Object.values(ROUTER_SETTINGS)];
const variables = new Set(settings.map((setting) => environmentName(setting.flag)));

function variablesOf(text: string): readonly string[] {
  return [...new Set(text.match(/\bANTIPODE_[A-Z_]+/gu) ?? [])];
}

describe("settings named in deploy/", () => {
  it.each(["compose.yaml", "antipode.service", "antipode.env.example", "Dockerfile", "README.md"])(
    "%s names only variables that a program reads",
    (path) => {
      const named = variablesOf(deployText(path));
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !variables.has(name))).toEqual([]);
    },
  );

  it("antipode.service and its example of settings start a node", () => {
    const environment = Object.fromEntries(
      deployText("antipode.env.example")
        .split("\n")
        // The commented examples count too: whoever removes the "#" expects them to work.
        .flatMap((line) => [...line.matchAll(/^#?(ANTIPODE_[A-Z_]+)=(.*)$/gu)])
        .map((match) => [match[1]!, match[2]!]),
    );
    const command = /^ExecStart=(.*)$/mu.exec(deployText("antipode.service"))?.[1]?.split(" ") ?? [];
    expect(command.slice(0, 3)).toEqual(["/usr/bin/node", "/opt/antipode/dist/src/cli/main.js", "node"]);
    const flags = parseFlags(NODE_SETTINGS, command.slice(3));
    const values = resolveSettings(NODE_SETTINGS, { flags, environment, file: {} });
    expect(values.data).toBe("%S/antipode");
    expect(values.peers.map((peer) => peer.name)).toEqual(["eu-west", "ap-southeast"]);
    expect(new Set([values.token, values.readOnlyToken, values.secret, values.respPassword]).size).toBe(4);
    checkNodeOptions(values as unknown as NodeOptions);
  });

  it("the flags in the guide exist", () => {
    const known = new Set(settings.map((setting) => `--${setting.flag}`));
    const words = /antipode:0\.1\.0 (node [^`]*?)```/su.exec(deployText("README.md"))?.[1];
    const flags = words?.match(/--[a-z-]+/gu) ?? [];
    expect(flags).toContain("--peer");
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
  });
});
