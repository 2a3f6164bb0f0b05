import type { HashView } from "../../keyspace/types/hash/hash-port.ts";
import { MapReply } from "../../resp/reply.ts";
import { definerOfReads } from "./define-read.ts";

/** Reading hashes. */

const defineHashRead = definerOfReads<HashView>("hash", (tx, key) => tx.hashes.get(key));

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
