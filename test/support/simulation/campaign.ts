import { systemClock } from "../../../src/base/clock.ts";
import { profileOf } from "./profile.ts";
import { explain, runSeed } from "./seeds.ts";
import { summary } from "./summary.ts";
import { Tally } from "./tally.ts";

export interface CampaignOptions {
  readonly first: number;
  readonly seeds: number;
  readonly minutes: number;
  /** Stops after so many. */
  readonly failures: number;
  readonly shrinks: boolean;
}

/** Runs seed after seed, explains those that fail, and ends with a table of what happened. Answers how many failed. */
export async function runCampaign(options: CampaignOptions, say: (text: string) => void): Promise<number> {
  const clock = systemClock();
  const endMs = clock.monotonicMs() + options.minutes * 60_000;
  const total = new Tally();
  const failed: number[] = [];
  let seed = options.first;
  for (; seed < options.first + options.seeds && clock.monotonicMs() < endMs; seed++) {
    const ran = await runSeed(seed);
    total.addAll(ran.tally);
    if (ran.violation === null) continue;
    failed.push(seed);
    say(options.shrinks ? await explain(profileOf(seed), ran) : `seed ${seed}: ${ran.violation.message}`);
    if (failed.length >= options.failures) {
      seed++;
      break;
    }
  }
  say(summary(total, { first: options.first, seeds: seed - options.first, failed }));
  return failed.length;
}
