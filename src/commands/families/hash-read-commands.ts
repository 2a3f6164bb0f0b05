import type { BinaryString } from "../../base/bytes.ts";
import type { HashView } from "../../keyspace/types/hash/hash-port.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import type { KeyFlag } from "../key-specs.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";

/** Reading hashes. */

interface HashReadShape<Request> {
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
  /** `hash` is null when the key is absent. */
  readonly answer: (hash: HashView | null, request: Request) => Reply;
}

function defineHashRead<Request>(shape: HashReadShape<Request>): Command {
  const { parse, answer, keyFlags, ...meta } = shape;
  return defineCommand({
    ...meta,
    group: "hash",
    keys: { first: 1, last: 1, step: 1, flags: keyFlags ?? ["RO", "access"] },
    convergence: READS_LOCALLY,
    parse: (args) => ({ key: args[0]!, request: parse(args) }),
    run: (tx, { key, request }) => answer(tx.hashes.get(key), request),
  });
}

const nothing = (): null => null;

export const hget = defineHashRead({
  name: "HGET",
  since: "2.0.0",
  arity: 3,
  flags: ["readonly", "fast"],
  syntax: "key field",
  summary: "Answers the value of a field of a hash.",
  complexity: "O(1)",
  parse: (args) => args[1]!,
  answer: (hash, field) => hash?.get(field) ?? null,
});

export const hmget = defineHashRead({
  name: "HMGET",
  since: "2.0.0",
  arity: -3,
  flags: ["readonly", "fast"],
  syntax: "key field [field ...]",
  summary: "Answers the values of fields of a hash; null where there is none.",
  complexity: "O(N) in the number of fields given",
  parse: (args) => args.slice(1),
  answer: (hash, fields) => fields.map((field) => hash?.get(field) ?? null),
});

export const hgetall = defineHashRead({
  name: "HGETALL",
  since: "2.0.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "key",
  summary: "Answers all fields of a hash with their values.",
  complexity: "O(N) in the size of the hash",
  parse: nothing,
  answer: (hash) => new MapReply(hash === null ? [] : [...hash.entries()]),
});

export const hkeys = defineHashRead({
  name: "HKEYS",
  since: "2.0.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "key",
  summary: "Answers all fields of a hash.",
  complexity: "O(N) in the size of the hash",
  parse: nothing,
  answer: (hash) => (hash === null ? [] : [...hash.fields()]),
});

export const hvals = defineHashRead({
  name: "HVALS",
  since: "2.0.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "key",
  summary: "Answers all values of a hash.",
  complexity: "O(N) in the size of the hash",
  parse: nothing,
  answer: (hash) => (hash === null ? [] : Array.from(hash.entries(), ([, value]) => value)),
});

export const hlen = defineHashRead({
  name: "HLEN",
  since: "2.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key",
  summary: "Answers how many fields a hash has.",
  complexity: "O(1)",
  parse: nothing,
  answer: (hash) => hash?.size ?? 0,
});

export const hstrlen = defineHashRead({
  name: "HSTRLEN",
  since: "3.2.0",
  arity: 3,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key field",
  summary: "Answers the length of the value of a field, in bytes.",
  complexity: "O(1)",
  parse: (args) => args[1]!,
  answer: (hash, field) => hash?.get(field)?.length ?? 0,
});

export const hexists = defineHashRead({
  name: "HEXISTS",
  since: "2.0.0",
  arity: 3,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key field",
  summary: "Answers 1 when a hash has a field, else 0.",
  complexity: "O(1)",
  parse: (args) => args[1]!,
  answer: (hash, field) => (hash?.has(field) === true ? 1 : 0),
});
