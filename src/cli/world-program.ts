import { PortTakenError } from "../../chaos/world/ports.ts";
import { reportDay } from "../../chaos/day/report-day.ts";
import { runDay } from "../../chaos/day/run-day.ts";
import { EXIT_STATUS } from "../../chaos/report/judge.ts";
import { StartFailedError } from "../../chaos/world/child-program.ts";
import { World } from "../../chaos/world/start-world.ts";
import { openLinks } from "../../chaos/links/open-links.ts";
import { takeDirectory } from "../storage/directory.ts";
import { defineProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import { SettingError } from "./setting.ts";
import { printReady, untilStopped } from "./until-stopped.ts";
import { worldExamples, worldLagLine, worldTable } from "./world-status.ts";
import { WORLD_SETTINGS } from "./world-settings.ts";

const START_TIMEOUT_MS = 30_000;
const LAG_LINE_EVERY_MS = 1_000;
const CONVERGE_WITHIN_MS = 30_000;
const CHECK_USERS = 400;

export const WORLD_PROGRAM = defineProgram(
  "world",
  "several regions and a router on this machine.",
  WORLD_SETTINGS,
  async (values) => {
    const say = (line: string): void => {
      if (!values.readyJson) process.stdout.write(`${line}\n`);
    };
    const projectDirs = [projectDirectory(), process.cwd()];
    const links =
      values.links === "direct"
        ? null
        : await openLinks({ choice: "auto", projectDirs, mayBuild: false, seed: values.checkSeed, onNote: () => {} });
    // A second world on the same data would fail region by region; this way it is one line.
    const directory = await takeDirectory(values.data);
    say(`\n  Antipode: starting ${values.regions.join(", ")} and a router …`);
    const stopped = untilStopped();
    let world: World;
    try {
      world = await World.start({
        program: { command: process.execPath, args: [process.argv[1]!] },
        regions: values.regions,
        dataDir: values.data,
        basePort: values.basePort,
        links,
        startTimeoutMs: START_TIMEOUT_MS,
        nodeArgs: ["--log-level", values.logLevel === "info" ? "warn" : values.logLevel],
      });
    } catch (error) {
      if (error instanceof StartFailedError) throw new SettingError(error.message);
      if (error instanceof PortTakenError)
        throw new SettingError(`${error.message}; --base-port chooses others, 0 whatever is free`);
      throw error;
    }
    say(
      world.delayed
        ? `  Links between regions are 30–75 ms one way, through ${links!.kind === "toxiproxy" ? "toxiproxy" : "a built-in proxy"}.`
        : "  Links between regions have no delay.",
    );
    say(`\n${await worldTable(world)}\n\n${worldExamples(world)}\n`);
    if (values.readyJson) {
      const regions = world.nodes.map((node) => node.ready);
      await printReady({
        regions,
        router: world.router.ready,
        ...world.secrets,
        delayed: world.delayed,
        pid: process.pid,
      });
    }
    let code = 0;
    if (values.check) {
      const judgement = await runDay(world, {
        seed: values.checkSeed,
        durationMs: values.checkSeconds * 1000,
        actionsPerSecond: values.checkRate,
        users: CHECK_USERS,
        convergeWithinMs: CONVERGE_WITHIN_MS,
        onProgress: (line) => say(`  ${line}`),
      });
      process.stdout.write(`${reportDay(judgement)}\n`);
      code = EXIT_STATUS[judgement.verdict];
    } else {
      await showLag(world, stopped, values.readyJson);
    }
    say("\n  Stopping …");
    await world.stop();
    await directory.release();
    return code;
  },
);

/** Keeps the last line of the screen current until somebody asks to stop. */
async function showLag(world: World, stopped: Promise<unknown>, quiet: boolean): Promise<void> {
  let running = true;
  void stopped.then(() => {
    running = false;
  });
  while (running) {
    if (!quiet) {
      const line = `  ${await worldLagLine(world)}`;
      if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns || 200) - 1)}`);
    }
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, LAG_LINE_EVERY_MS))]);
  }
}
