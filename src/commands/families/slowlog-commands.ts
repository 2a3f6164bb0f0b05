import { OK, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type Command,
  type SessionDefinition,
} from "../define-command.ts";
import { SLOWLOG_COUNT, tooManyWords } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";

/** SLOWLOG. */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run"
>;

function defineAdmin<Request>(shape: Shape<Request>): Command {
  const flags: readonly CommandFlag[] = ["admin", "loading", "stale"];
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
