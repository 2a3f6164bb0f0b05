import type { Command } from "../define-command.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { BAD_TIMEOUT, NEGATIVE_TIMEOUT, PAUSE_MODE, SYNTAX_ERROR, UNBLOCK_MODE } from "../refusals.ts";
import { clampedIntegerWord, integerWord, isWord } from "../words.ts";
import { defineClient, OTHERS } from "./define-client-command.ts";

/** CLIENT subcommands that hold traffic back, or let it go. */

const pause = defineClient({
  name: "PAUSE",
  since: "3.0.0",
  arity: -3,
  flags: OTHERS,
  syntax: "timeout-ms [WRITE | ALL]",
  summary: "Holds commands back for a time: all of them, or those that write.",
  parse(args) {
    const timeoutMs = clampedIntegerWord(args[0]!, BAD_TIMEOUT);
    if (timeoutMs < 0) throw NEGATIVE_TIMEOUT;
    if (args.length > 2) throw SYNTAX_ERROR;
    const mode = args[1] === undefined || isWord(args[1], "ALL") ? "all" : isWord(args[1], "WRITE") ? "write" : null;
    if (mode === null) throw PAUSE_MODE;
    return { timeoutMs, mode } as const;
  },
  run({ server }, { timeoutMs, mode }): Reply {
    server.pause.begin(timeoutMs, mode);
    return OK;
  },
});

const unpause = defineClient({
  name: "UNPAUSE",
  since: "6.2.0",
  arity: 2,
  flags: OTHERS,
  syntax: "",
  summary: "Ends CLIENT PAUSE.",
  parse: () => null,
  run({ server }): Reply {
    server.pause.end();
    return OK;
  },
});

const unblock = defineClient({
  name: "UNBLOCK",
  since: "5.0.0",
  arity: -3,
  flags: OTHERS,
  syntax: "client-id [TIMEOUT | ERROR]",
  summary: "Ends a command that waits, as if its time was up or with an error; answers 1 when there was one.",
  parse(args) {
    if (args.length > 2) throw SYNTAX_ERROR;
    const mode = args[1];
    if (mode !== undefined && !isWord(mode, "TIMEOUT") && !isWord(mode, "ERROR")) throw UNBLOCK_MODE;
    return { id: integerWord(args[0]!), how: isWord(mode, "ERROR") ? "error" : "timeout" } as const;
  },
  run({ server }, { id, how }): Reply {
    const blocked = server.clients.find(Number(id))?.blocked ?? null;
    blocked?.unblock(how);
    return blocked === null ? 0 : 1;
  },
});

export const CLIENT_TRAFFIC_COMMANDS: readonly Command[] = [pause, unpause, unblock];
