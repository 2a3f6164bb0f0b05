import type { BinaryString } from "../../base/bytes.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type Command,
  type SessionDefinition,
} from "../define-command.ts";
import {
  FAILOVER_NEEDS_REPLICAS,
  NO_CLUSTER,
  NO_FAILOVER_IN_PROGRESS,
  NO_MODULES,
  NO_REPLICAOF,
  SYNTAX_ERROR,
} from "../refusals.ts";
import { isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";

/** What Redis asks of an instance among others: master and replica, cluster, modules. Here every region is a master. */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "flags" | "categories" | "group" | "syntax" | "summary" | "parse" | "run"
>;

function defineInstance<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({ ...shape, complexity: "O(1)", convergence: LOCAL_ONLY });
}

/** As `REPLICAOF NO ONE`: a master is asked to be one. */
function defineReplicaof(name: "REPLICAOF" | "SLAVEOF", since: string): Command {
  return defineInstance({
    name,
    group: "server",
    since,
    arity: 3,
    flags: ["admin", "noscript", "stale", "no_async_loading"],
    syntax: "host port | NO ONE",
    summary:
      "NO ONE is answered with OK; anything else is refused: regions are joined by the flag --peer, and all take writes.",
    parse: (args) => isWord(args[0], "NO") && isWord(args[1], "ONE"),
    run(_call, isNobody): Reply {
      if (!isNobody) throw NO_REPLICAOF;
      return OK;
    },
  });
}

const failover = defineInstance({
  name: "FAILOVER",
  group: "server",
  since: "6.2.0",
  arity: -1,
  flags: ["admin", "noscript", "stale"],
  syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT ms]",
  summary: "Refused: there is nobody to hand over to, and no need.",
  parse(args) {
    if (args.length > 0 && isWord(args[0], "TO") && args.length < 3) throw SYNTAX_ERROR;
    return isWord(args[0], "ABORT");
  },
  run(_call, isAbort): Reply {
    throw isAbort ? NO_FAILOVER_IN_PROGRESS : FAILOVER_NEEDS_REPLICAS;
  },
});

function defineClusterSwitch(name: "READONLY" | "READWRITE" | "ASKING"): Command {
  return defineInstance({
    name,
    group: "connection",
    since: "3.0.0",
    arity: 1,
    flags: name === "ASKING" ? ["fast"] : ["fast", "loading", "stale"],
    syntax: "",
    summary: "Refused: there is no cluster, every region has all keys.",
    parse: () => null,
    run(): Reply {
      throw NO_CLUSTER;
    },
  });
}

const moduleList = defineInstance({
  name: "MODULE LIST",
  group: "server",
  since: "4.0.0",
  arity: 2,
  flags: ["admin", "noscript"],
  syntax: "",
  summary: "Answers that there are none.",
  parse: () => null,
  run: (): Reply => [],
});

function defineModule(word: "LOAD" | "LOADEX" | "UNLOAD", arity: number, syntax: string): Command {
  return defineInstance({
    name: `MODULE ${word}`,
    group: "server",
    since: "4.0.0",
    arity,
    flags: ["admin", "noscript", "no_async_loading"],
    syntax,
    summary: "Refused: modules are programs for Redis itself.",
    parse: (args: readonly BinaryString[]) => args,
    run(): ReplyError {
      throw NO_MODULES;
    },
  });
}

const MODULE_SUBCOMMANDS = [
  moduleList,
  defineModule("LOAD", -3, "path [argument ...]"),
  defineModule("LOADEX", -3, "path [CONFIG name value ...] [ARGS argument ...]"),
  defineModule("UNLOAD", 3, "name"),
];

const moduleContainer = defineContainer({
  name: "MODULE",
  group: "server",
  since: "4.0.0",
  summary: "Modules, of which there are none.",
  complexity: "See its subcommands",
  subcommands: [...MODULE_SUBCOMMANDS, defineHelp("MODULE", "server", "5.0.0", MODULE_SUBCOMMANDS)],
});

export const INSTANCE_COMMANDS = [
  defineReplicaof("REPLICAOF", "5.0.0"),
  defineReplicaof("SLAVEOF", "1.0.0"),
  failover,
  defineClusterSwitch("READONLY"),
  defineClusterSwitch("READWRITE"),
  defineClusterSwitch("ASKING"),
  moduleContainer,
];
