import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import type { CommandFlag, CommandGroup } from "../command-meta.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import type { KeyFlag } from "../key-specs.ts";

/** A command that reads one collection: what differs between them. */
interface ReadShape<View, Request> {
  readonly name: string;
  readonly since: string;
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly syntax: string;
  readonly summary: string;
  readonly complexity: string;
  /** Where it does not read the value: `RO` alone. */
  readonly keyFlags?: readonly KeyFlag[];
  readonly parse: (args: readonly BinaryString[]) => Request;
  /** `view` is null when the key is absent. */
  readonly answer: (view: View | null, request: Request, call: CommandCall) => Reply;
}

/** How the commands that read one value of a type are declared; `viewOf` throws WrongTypeError for another type. */
export function definerOfReads<View>(
  group: CommandGroup,
  viewOf: (tx: Transaction, key: BinaryString) => View | null,
): <Request>(shape: ReadShape<View, Request>) => Command {
  return ({ parse, answer, keyFlags, ...meta }) =>
    defineCommand({
      ...meta,
      group,
      keys: { first: 1, last: 1, step: 1, flags: keyFlags ?? ["RO", "access"] },
      convergence: READS_LOCALLY,
      parse: (args) => ({ key: args[0]!, request: parse(args) }),
      run: (tx, { key, request }, call) => answer(viewOf(tx, key), request, call),
    });
}
