import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { KillSwitch } from "../../../src/scripting/kill-switch.ts";
import { LuaEngine } from "../../../src/scripting/script-engine.ts";
import { drawHistory } from "./history.ts";
import { profileOf, type Profile } from "./profile.ts";
import { runHistory, type Ran } from "./run-history.ts";
import { shrink } from "./shrink.ts";
import type { Step } from "./steps.ts";

const SHRINK_RUNS_MAX = 400;

/** One machine for all regions: it only runs what it is given, and holds nothing of theirs. */
const scripting = new LuaEngine({
  clock: systemClock(),
  logger: silentLogger,
  killSwitch: new KillSwitch(),
  redisVersion: "7.2.5",
});

export function runSeed(seed: number): Promise<Ran> {
  return runProfile(profileOf(seed));
}

export function runProfile(profile: Profile): Promise<Ran> {
  return runHistory(profile, drawHistory(profile), scripting);
}

/** What went wrong and the shortest history found that makes it go wrong, for people. */
export async function explain(profile: Profile, ran: Ran): Promise<string> {
  const { checker } = ran.violation!;
  let last = ran;
  const steps = await shrink(
    drawHistory(profile).slice(0, ran.at + 1),
    async (candidate) => {
      const again = await runHistory(profile, candidate, scripting);
      const isSame = again.violation?.checker === checker;
      if (isSame) last = again;
      return isSame;
    },
    SHRINK_RUNS_MAX,
  );
  return [
    `seed ${profile.seed}: ${ran.violation!.message}`,
    `shrunk to ${steps.length} steps (${describe(profile)}): ${last.violation!.message}`,
    ...steps.map((step, index) => `  ${index + 1}. ${line(step)}`),
  ].join("\n");
}

function describe({ names, taste, logBytesMax }: Profile): string {
  const parts = [`regions ${names.join(" ")}`, `time × ${taste.scale}`];
  if (logBytesMax !== null) parts.push(`${logBytesMax} bytes of log`);
  return parts.join(", ");
}

function line(step: Step): string {
  const { do: kind, seed: _seed, ...rest } = step;
  return `${kind} ${JSON.stringify(rest)}`;
}
