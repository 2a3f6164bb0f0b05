import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineCommand, type Command } from "../define-command.ts";
import type { KeyFlag } from "../key-specs.ts";
import { BAD_KEY_COUNT, NEGATIVE_KEYS, TOO_MANY_KEYS } from "../scripts/refusals.ts";
import type { ScriptInput } from "../scripts/scripts.ts";
import { integerWord } from "../words.ts";

/** Running scripts and functions: EVAL, EVALSHA, FCALL and their read-only forms. */

const EFFECTS = "K2: what the script writes is one batch, shown whole or not at all; never the script itself.";

interface Shape {
  readonly name: string;
  readonly since: string;
  readonly what: string;
  readonly summary: string;
  readonly convergence: string;
  readonly readOnly: boolean;
  readonly badCount?: ReplyError;
  readonly run: (tx: Transaction, what: string, input: () => ScriptInput, call: CommandCall) => Reply;
}

function defineRun({ readOnly, run, badCount, what, ...meta }: Shape): Command {
  const keyFlags: readonly KeyFlag[] = readOnly ? ["RO", "access"] : ["RW", "access", "update"];
  const shared: readonly CommandFlag[] = ["noscript", "stale", "skip_monitor", "no_mandatory_keys"];
  return defineCommand({
    ...meta,
    group: "scripting",
    arity: -3,
    flags: readOnly ? ["readonly", ...shared] : [...shared, "may_replicate"],
    keys: { countAt: 2, flags: keyFlags },
    syntax: `${what} numkeys [key [key ...]] [arg [arg ...]]`,
    complexity: "That of the script",
    parse: (args) => ({
      what: args[0]!,
      // Asked for by FCALL only once its function was found: the order of Redis' refusals.
      input: () => readInput(args, readOnly, badCount),
    }),
    run: (tx, request, call) => run(tx, request.what, request.input, call),
  });
}

function readInput(args: readonly BinaryString[], readOnly: boolean, badCount?: ReplyError): ScriptInput {
  const count = integerWord(args[1]!, badCount);
  if (count > args.length - 2) throw TOO_MANY_KEYS;
  if (count < 0) throw NEGATIVE_KEYS;
  const split = 2 + Number(count);
  return { keys: args.slice(2, split), args: args.slice(split), readOnly };
}

function evalShape(readOnly: boolean): Pick<Shape, "what" | "readOnly" | "run"> {
  return {
    what: "script",
    readOnly,
    run: (tx, source, input, { session, server }) => server.scripts.evaluate(tx, session, source, input()),
  };
}

function evalShaShape(readOnly: boolean): Pick<Shape, "what" | "readOnly" | "run"> {
  return {
    what: "sha1",
    readOnly,
    run: (tx, sha, input, { session, server }) => server.scripts.evaluateSha(tx, session, sha, input()),
  };
}

function fcallShape(readOnly: boolean): Pick<Shape, "what" | "readOnly" | "run" | "badCount"> {
  return {
    what: "function",
    readOnly,
    badCount: BAD_KEY_COUNT,
    run: (tx, name, input, { session, server }) => server.scripts.findFunction(tx, session, name)(input()),
  };
}

const KNOWN_EVERYWHERE = " A script run for the first time becomes known to EVALSHA in every region.";

export const evalScript = defineRun({
  ...evalShape(false),
  name: "EVAL",
  since: "2.6.0",
  summary: "Runs a script in Lua 5.1.",
  convergence: EFFECTS + KNOWN_EVERYWHERE,
});

export const evalRo = defineRun({
  ...evalShape(true),
  name: "EVAL_RO",
  since: "7.0.0",
  summary: "Runs a script that may not write.",
  convergence: `Reads what is visible in this region.${KNOWN_EVERYWHERE}`,
});

export const evalsha = defineRun({
  ...evalShaShape(false),
  name: "EVALSHA",
  since: "2.6.0",
  summary: "Runs a script by the SHA-1 of its source, wherever it was loaded.",
  convergence: EFFECTS,
});

export const evalshaRo = defineRun({
  ...evalShaShape(true),
  name: "EVALSHA_RO",
  since: "7.0.0",
  summary: "Runs a script by the SHA-1 of its source; it may not write.",
  convergence: "Reads what is visible in this region.",
});

export const fcall = defineRun({
  ...fcallShape(false),
  name: "FCALL",
  since: "7.0.0",
  summary: "Calls a function of a loaded library.",
  convergence: EFFECTS,
});

export const fcallRo = defineRun({
  ...fcallShape(true),
  name: "FCALL_RO",
  since: "7.0.0",
  summary: "Calls a function that may not write.",
  convergence: "Reads what is visible in this region.",
});
