import { COMMON_SETTINGS } from "./node-settings.ts";
import { integerBetween, parseText, SettingError, type Setting } from "./setting.ts";

const WORKS = ["W1", "W2", "W3", "W6", "W7"] as const;
export type BenchWork = (typeof WORKS)[number];

export const BENCH_SETTINGS = {
  works: {
    flag: "works",
    argument: "W1,W2,…",
    summary: `Which measures to take, of ${WORKS.join(", ")}.`,
    fallback: WORKS.join(","),
    parse: (text: string): readonly BenchWork[] =>
      text.split(",").map((word) => {
        const work = WORKS.find((one) => one === word);
        if (work === undefined) throw new SettingError(`wants some of ${WORKS.join(", ")}, not "${word}"`);
        return work;
      }),
  },
  rounds: {
    flag: "rounds",
    argument: "N",
    summary: "Interleaved rounds; medians are of these. Below three a ratio says little.",
    fallback: "3",
    parse: integerBetween(1, 100),
  },
  requests: {
    flag: "requests",
    argument: "N",
    summary: "Requests of one run of redis-benchmark without a pipeline; four times as many with one.",
    fallback: "100000",
    parse: integerBetween(1000, 100_000_000),
  },
  lagSeconds: {
    flag: "lag-seconds",
    argument: "S",
    summary: "How long each rate of W6 is kept up.",
    fallback: "8",
    parse: integerBetween(1, 3600),
  },
  out: {
    flag: "out",
    argument: "FILE",
    summary: "Where the results go as JSON; nowhere without.",
    parse: parseText,
  },
  config: COMMON_SETTINGS.config,
} as const satisfies Record<string, Setting<unknown>>;
