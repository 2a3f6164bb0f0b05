import { OK, Status, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineSessionCommand, LOCAL_ONLY, type Command, type SessionDefinition } from "../define-command.ts";
import { NO_SHUTDOWN_HERE, NO_SHUTDOWN_IN_PROGRESS, SYNTAX_ERROR } from "../refusals.ts";
import { Waiting } from "../session-reply.ts";
import { isWord } from "../words.ts";

/**
 * Saving. The log is the database, and every acknowledged write is in it: what these commands do is to write a checkpoint now
 * which is due sooner or later anyway, so that the next start has less of the log to read.
 */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "flags" | "categories" | "syntax" | "summary" | "parse" | "run"
>;

function defineSaving<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({
    ...shape,
    group: "server",
    complexity: "O(N) in the keys changed since the last checkpoint",
    convergence: LOCAL_ONLY,
  });
}

const BACKGROUND: readonly CommandFlag[] = ["admin", "noscript", "no_async_loading"];

export const save = defineSaving({
  name: "SAVE",
  since: "1.0.0",
  arity: 1,
  flags: [...BACKGROUND, "no_multi"],
  syntax: "",
  summary: "Writes a checkpoint and answers once it is on disk. Only this connection waits.",
  parse: () => null,
  run: ({ server }) =>
    new Waiting(OK, (answer) => {
      let waits = true;
      void server.saver.save().then((failure) => {
        if (waits) answer(failure ?? OK);
      });
      return () => (waits = false);
    }),
});

export const bgsave = defineSaving({
  name: "BGSAVE",
  since: "1.0.0",
  arity: -1,
  flags: BACKGROUND,
  syntax: "[SCHEDULE]",
  summary: "Begins a checkpoint.",
  parse(args) {
    if (args.length > 1 || (args.length === 1 && !isWord(args[0], "SCHEDULE"))) throw SYNTAX_ERROR;
    return null;
  },
  run({ server }): Reply {
    void server.saver.save();
    return new Status("Background saving started");
  },
});

export const bgrewriteaof = defineSaving({
  name: "BGREWRITEAOF",
  since: "1.0.0",
  arity: 1,
  flags: BACKGROUND,
  syntax: "",
  summary: "Begins a checkpoint, after which the log before it may go.",
  parse: () => null,
  run({ server }): Reply {
    void server.saver.save();
    return new Status("Background append only file rewriting started");
  },
});

export const lastsave = defineSaving({
  name: "LASTSAVE",
  since: "1.0.0",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  syntax: "",
  summary: "Answers when the last checkpoint was written, in seconds since 1970.",
  parse: () => null,
  run: ({ server }) => Math.floor(server.saver.savedAtMs / 1000),
});

const SHUTDOWN_OPTIONS: ReadonlySet<string> = new Set(["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"]);

export const shutdown = defineSaving({
  name: "SHUTDOWN",
  since: "1.0.0",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  syntax: "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
  summary: "Refused: a region is stopped by who runs its process, with SIGTERM.",
  parse(args) {
    const words = args.map((word) => word.toUpperCase());
    const contradicts = words.includes("SAVE") && words.includes("NOSAVE");
    const isAbort = words.includes("ABORT");
    if (contradicts || (isAbort && words.length > 1) || words.some((word) => !SHUTDOWN_OPTIONS.has(word))) {
      throw SYNTAX_ERROR;
    }
    return isAbort;
  },
  run(_call, isAbort): Reply {
    throw isAbort ? NO_SHUTDOWN_IN_PROGRESS : NO_SHUTDOWN_HERE;
  },
});

export const SAVING_COMMANDS = [save, bgsave, bgrewriteaof, lastsave, shutdown];
