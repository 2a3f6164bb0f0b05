import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLinks, type LinkChoice } from "../links/open-links.ts";
import type { Program } from "../world/child-program.ts";
import { World } from "../world/start-world.ts";
import { ChaosWorld } from "./chaos-world.ts";

export interface StartOptions {
  /** Their names; by default `us-east`, `eu-west`, `ap-southeast`. */
  readonly regions?: readonly string[];
  /** What stands between them: by default a toxiproxy server where one is found, else the built-in proxy. */
  readonly links?: LinkChoice;
  /** More flags for every node, as in docs/configuration.md. */
  readonly nodeArgs?: readonly string[];
  /** How to run Antipode; by default the program of this package. */
  readonly program?: Program;
  /** How long a region may take to serve. */
  readonly startTimeoutMs?: number;
  /** Told what a person may want to know: which proxy stands in for which. */
  readonly onNote?: (line: string) => void;
}

const REGIONS = ["us-east", "eu-west", "ap-southeast"];
const START_TIMEOUT_MS = 30_000;

/** Starts regions and a router on this machine, on free ports and with their data in a directory of the system's, gone after `stop`. */
export async function startWorld(options: StartOptions = {}): Promise<ChaosWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), "antipode-chaos-"));
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true });
  try {
    const links = await openLinks({
      choice: options.links ?? "auto",
      projectDirs: [packageDirectory(), process.cwd()],
      mayBuild: false,
      seed: 1,
      onNote: options.onNote ?? (() => {}),
    });
    const world = await World.start({
      program: options.program ?? ownProgram(),
      regions: options.regions ?? REGIONS,
      dataDir: join(dataDir, "world"),
      basePort: 0,
      links,
      startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
      nodeArgs: ["--log-level", "warn", ...(options.nodeArgs ?? [])],
      faults: true,
    });
    const { http, resp } = world.router.ready;
    return new ChaosWorld({
      world,
      urls(region) {
        const { resp: redis, rest } = world.clientDoors(region);
        const { admin } = world.region(region).plan.doors;
        return { redisUrl: `redis://${redis}`, restUrl: `http://${rest}`, adminUrl: `http://${admin}` };
      },
      router: { restUrl: `http://${http}`, redisUrl: resp === null ? null : `redis://${resp}` },
      token: world.secrets.token,
      proxy: `${links.kind} ${links.version}`,
      scratchDir: dataDir,
      async stop() {
        await world.stop();
        remove();
      },
    });
  } catch (error) {
    remove();
    throw error;
  }
}

/** Where this package stands, from what is built of it. */
function packageDirectory(): string {
  return fileURLToPath(new URL("../../..", import.meta.url));
}

function ownProgram(): Program {
  return { command: process.execPath, args: [fileURLToPath(new URL("../../src/cli/main.js", import.meta.url))] };
}
