import { COMMON_SETTINGS } from "./node-settings.ts";
import { integerBetween, parseText, SettingError, type Setting } from "./setting.ts";

/** `W`: a region beside Redis. `R`: the router beside haproxy and nginx (R1 latency and throughput, R2 memory), and gaps of clients (R3). */
const WORKS = [
  "W1",
  "W2",
  "W3",
  "W4",
  "W5",
  "W6",
  "W7",
  "W8",
  "W9",
  "W10",
  "W11",
  "W12",
  "W13",
  "W14",
  "R1",
  "R2",
  "R3",
] as const;
/** Those that take many minutes or gigabytes are asked for. */
const USUAL: readonly BenchWork[] = ["W1", "W2", "W3", "W4", "W5", "W6", "W8", "W13"];
export type BenchWork = (typeof WORKS)[number];

export const BENCH_SETTINGS = {
  works: {
    flag: "works",
    argument: "W1,W2,…",
    summary: `Which measures to take, of ${WORKS.join(", ")}.`,
    fallback: USUAL.join(","),
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
  partitionSeconds: {
    flag: "partition-seconds",
    argument: "S",
    summary: "How long the two regions of W9 are apart.",
    fallback: "60",
    parse: integerBetween(1, 3600),
  },
  partitionRate: {
    flag: "partition-rate",
    argument: "N",
    summary: "Writes a second in each region of W9 meanwhile.",
    fallback: "500",
    parse: integerBetween(4, 100_000),
  },
  hashFieldsMax: {
    flag: "hash-fields-max",
    argument: "N",
    summary: "The largest hash of W11, of 10, 10,000 and 1,000,000 fields.",
    fallback: "1000000",
    parse: integerBetween(10, 1_000_000),
  },
  regionsMax: {
    flag: "regions-max",
    argument: "N",
    summary: "The most regions of W11, of 1, 2, 4 and 8.",
    fallback: "8",
    parse: integerBetween(1, 8),
  },
  keysMax: {
    flag: "keys-max",
    argument: "N",
    summary:
      "The most keys of W11, of 100,000, 1,000,000 and 10,000,000. Ten million take about 20 GB of memory and disk.",
    fallback: "1000000",
    parse: integerBetween(100_000, 10_000_000),
  },
  restSeconds: {
    flag: "rest-seconds",
    argument: "S",
    summary: "How long each run of W5 lasts; there is one for each program, shape of request and round.",
    fallback: "5",
    parse: integerBetween(1, 3600),
  },
  sessions: {
    flag: "sessions",
    argument: "N",
    summary: "Sessions of W7. A million take up to 6 GB of memory and 8 GB of disk.",
    fallback: "1000000",
    parse: integerBetween(1_000, 100_000_000),
  },
  quietSeconds: {
    flag: "quiet-seconds",
    argument: "S",
    summary:
      "How long W7 waits after the last session before it looks at memory. Keys that nobody uses are packed after half a minute.",
    fallback: "60",
    parse: integerBetween(0, 3600),
  },
  recoveryKeys: {
    flag: "recovery-keys",
    argument: "N,N,…",
    summary: "Keys that are there when W8 kills. Five million take about 10 GB of memory and disk.",
    fallback: "100000",
    parse: (text: string): readonly number[] => text.split(",").map(integerBetween(100, 100_000_000)),
  },
  keydb: {
    flag: "keydb-bin",
    argument: "PATH",
    summary: "A keydb-server to compare W4 with; otherwise one on PATH, or none.",
    parse: parseText,
  },
  srh: {
    flag: "srh-url",
    argument: "URL",
    summary:
      "A serverless-redis-http that runs, to compare pipelines of W5 with: http://HOST:PORT, before a Redis that syncs every write.",
    parse: parseHttpUrl,
  },
  srhToken: {
    flag: "srh-token",
    argument: "TOKEN",
    summary: "Its token.",
    secret: true,
    parse: parseText,
  },
  documentChanges: {
    flag: "document-changes",
    argument: "N",
    summary: "Changes after which the document of W12 is measured once more.",
    fallback: "100000",
    parse: integerBetween(1_000, 100_000_000),
  },
  routerSeconds: {
    flag: "router-seconds",
    argument: "S",
    summary: "How long each run of R1 lasts; there are two for each proxy, address and round.",
    fallback: "5",
    parse: integerBetween(1, 3600),
  },
  idleConnections: {
    flag: "idle-connections",
    argument: "N",
    summary: "Idle connections of R2.",
    fallback: "2000",
    parse: integerBetween(10, 8_000),
  },
  out: {
    flag: "out",
    argument: "FILE",
    summary: "Where the results go as JSON; nowhere without.",
    parse: parseText,
  },
  report: {
    flag: "report",
    argument: "DIRECTORY",
    summary:
      "Measures nothing: makes a page, README.md with its plots, of the results (`--out`) that are in a directory. Of each work the newest file counts, by the files' names.",
    parse: parseText,
  },
  config: COMMON_SETTINGS.config,
} as const satisfies Record<string, Setting<unknown>>;

function parseHttpUrl(text: string): string {
  if (!/^http:\/\/[^/]+\/?$/u.test(text)) throw new SettingError(`wants http://HOST:PORT, not "${text}"`);
  return text;
}
