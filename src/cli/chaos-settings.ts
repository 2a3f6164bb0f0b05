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
  baseline: {
    flag: "baseline",
    argument: "FILE",
    summary: "The report.json of an earlier run of the same scenario, to compare with.",
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

export const JUDGE_SETTINGS = {
  out: {
    flag: "out",
    argument: "DIR",
    summary: "Where the reports go; beside the record without.",
    parse: parseText,
  },
  baseline: CHAOS_SETTINGS.baseline,
} as const satisfies Record<string, Setting<unknown>>;

/** The words before the first flag, of which there must be one, and the rest. */
export function splitOperands(
  words: readonly string[],
  wanted: string,
): { readonly operands: readonly string[]; readonly flags: readonly string[] } {
  const firstFlag = words.findIndex((word) => word.startsWith("--"));
  const operands = firstFlag < 0 ? words : words.slice(0, firstFlag);
  if (operands.length === 0) throw new SettingError(`wants ${wanted}`);
  return { operands, flags: firstFlag < 0 ? [] : words.slice(firstFlag) };
}
