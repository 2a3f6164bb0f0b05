import { MapReply, OK, VerbatimReply, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type Command,
  type SessionDefinition,
} from "../define-command.ts";
import { noLatencySamples, SLOWLOG_COUNT, tooManyWords } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";

/** SLOWLOG, and the part of LATENCY that can be answered without sampling. */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run"
>;

function defineAdmin<Request>(shape: Shape<Request>): Command {
  const flags: readonly CommandFlag[] = [
    "admin",
    "loading",
    "stale",
    ...(shape.name.startsWith("LATENCY ") ? ["noscript" as const] : []),
  ];
  return defineSessionCommand<Request>({
    ...shape,
    group: "server",
    flags,
    complexity: "O(N) in the entries answered",
    convergence: LOCAL_ONLY,
  });
}

const SLOWLOG_COUNT_DEFAULT = 10;

const SLOWLOG_SUBCOMMANDS = [
  defineAdmin({
    name: "SLOWLOG GET",
    since: "2.2.12",
    arity: -2,
    syntax: "[count]",
    summary: "Answers the slowest commands of late, newest first; -1: all.",
    parse(args) {
      if (args.length > 1) throw tooManyWords("get", "SLOWLOG");
      if (args.length === 0) return SLOWLOG_COUNT_DEFAULT;
      const count = clampedIntegerWord(args[0]!, SLOWLOG_COUNT);
      if (count < -1) throw SLOWLOG_COUNT;
      return count === -1 ? Number.MAX_SAFE_INTEGER : count;
    },
    run: ({ server }, count): Reply =>
      server.slowLog
        .newest(count)
        .map(({ id, atMs, micros, args, address, clientName }) => [
          id,
          Math.floor(atMs / 1000),
          Math.round(micros),
          args,
          address,
          clientName,
        ]),
  }),
  defineAdmin({
    name: "SLOWLOG LEN",
    since: "2.2.12",
    arity: 2,
    syntax: "",
    summary: "Answers how many entries the slow log has.",
    parse: () => null,
    run: ({ server }) => server.slowLog.length,
  }),
  defineAdmin({
    name: "SLOWLOG RESET",
    since: "2.2.12",
    arity: 2,
    syntax: "",
    summary: "Empties the slow log.",
    parse: () => null,
    run({ server }): Reply {
      server.slowLog.reset();
      return OK;
    },
  }),
];

export const slowlog = defineContainer({
  name: "SLOWLOG",
  group: "server",
  since: "2.2.12",
  summary: "The slowest commands of late.",
  complexity: "See its subcommands",
  subcommands: [...SLOWLOG_SUBCOMMANDS, defineHelp("SLOWLOG", "server", "6.2.0", SLOWLOG_SUBCOMMANDS)],
});

const LATENCY_SUBCOMMANDS = [
  defineAdmin({
    name: "LATENCY DOCTOR",
    since: "2.8.13",
    arity: 2,
    syntax: "",
    summary: "Answers where latency is measured.",
    parse: () => null,
    run: () => new VerbatimReply("txt", "Latency is measured by the metrics of the admin port; see also SLOWLOG GET."),
  }),
  defineAdmin({
    name: "LATENCY GRAPH",
    since: "2.8.13",
    arity: 3,
    syntax: "event",
    summary: "Refused: no samples are kept.",
    parse: (args) => args[0]!,
    run(_call, event): Reply {
      throw noLatencySamples(event);
    },
  }),
  defineAdmin({
    name: "LATENCY HISTORY",
    since: "2.8.13",
    arity: 3,
    syntax: "event",
    summary: "Answers nothing: no samples are kept.",
    parse: (args) => args[0]!,
    run: (): Reply => [],
  }),
  defineAdmin({
    name: "LATENCY LATEST",
    since: "2.8.13",
    arity: 2,
    syntax: "",
    summary: "Answers nothing: no samples are kept.",
    parse: () => null,
    run: (): Reply => [],
  }),
  defineAdmin({
    name: "LATENCY RESET",
    since: "2.8.13",
    arity: -2,
    syntax: "[event ...]",
    summary: "Answers 0: no samples are kept.",
    parse: () => null,
    run: () => 0,
  }),
  defineAdmin({
    name: "LATENCY HISTOGRAM",
    since: "7.0.0",
    arity: -2,
    syntax: "[command ...]",
    summary: "Answers nothing: histograms are in the metrics of the admin port.",
    parse: () => null,
    run: () => new MapReply([]),
  }),
];

export const latency = defineContainer({
  name: "LATENCY",
  group: "server",
  since: "2.8.13",
  summary: "Latency samples, of which none are kept.",
  complexity: "See its subcommands",
  subcommands: [...LATENCY_SUBCOMMANDS, defineHelp("LATENCY", "server", "2.8.13", LATENCY_SUBCOMMANDS)],
});
