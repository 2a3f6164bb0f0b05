import { integerBetween, oneOf, parseText, SettingError, type Setting } from "./setting.ts";

export const CHAOS_SETTINGS = {
  profile: {
    flag: "profile",
    argument: "NAME",
    summary: "`ci` squeezes each scenario into less than a minute, `nightly` takes its true time.",
    fallback: "ci",
    parse: oneOf(["ci", "nightly"] as const),
  },
  duration: {
    flag: "duration-seconds",
    argument: "S",
    summary: "How long the traffic of each scenario lasts, whatever the profile says; faults are squeezed to fit.",
    parse: integerBetween(2, 86_400),
  },
  seed: {
    flag: "seed",
    argument: "N",
    summary: "Seed of traffic and faults: the same seed plans the same run.",
    fallback: "1",
    parse: integerBetween(0, 4_294_967_295),
  },
  out: {
    flag: "out",
    argument: "DIR",
    summary: "Where records and reports go: a directory for each scenario below it.",
    fallback: "chaos-report",
    parse: parseText,
  },
  links: {
    flag: "links",
    argument: "PROXY",
    summary:
      "What stands between the programs: `toxiproxy`, `built-in`, or `auto`: a toxiproxy server where one is found or can be built.",
    fallback: "auto",
    parse: oneOf(["auto", "toxiproxy", "built-in"] as const),
  },
  previous: {
    flag: "previous",
    argument: "PROGRAM",
    summary:
      "An older build to mix with this one: a command, or a .js file for this Node. Scenarios that need it are unknown without.",
    parse: parseText,
  },
} as const satisfies Record<string, Setting<unknown>>;

/** `chaos run`'s words that are no flags. Throws where there are none. */
export function scenarioWords(words: readonly string[]): {
  readonly names: readonly string[];
  readonly flags: readonly string[];
} {
  const firstFlag = words.findIndex((word) => word.startsWith("--"));
  const names = firstFlag < 0 ? words : words.slice(0, firstFlag);
  if (names.length === 0)
    throw new SettingError("wants the name of a scenario or a file; antipode chaos list names them");
  return { names, flags: firstFlag < 0 ? [] : words.slice(firstFlag) };
}
