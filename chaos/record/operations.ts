import {
  list,
  nullable,
  number,
  object,
  pair,
  tagged,
  text,
  word,
  flag,
  count,
  type Shape,
  dictionary,
} from "./shape.ts";

/**
 * What clients ask for, typed, so that checkers know what it means. A value, member or field that is written carries the id of its write
 * and is never written by another one, except by a repeat of the same write after a failure.
 *
 * A session is a hash with a deadline. A counter starts at 0, and its key is used by `counter.*` alone; the two keys of a pair are
 * written by `pair.set` alone, always both.
 */
export type Operation =
  /** One transaction: the field and the deadline. */
  | {
      readonly kind: "session.login";
      readonly key: string;
      readonly field: string;
      readonly value: string;
      readonly ttlMs: number;
    }
  | { readonly kind: "session.save"; readonly key: string; readonly field: string; readonly value: string }
  | { readonly kind: "session.touch"; readonly key: string; readonly ttlMs: number }
  /** `final`: the key never comes back (a revocation), whatever its class. */
  | { readonly kind: "session.logout"; readonly key: string; readonly final: boolean }
  | { readonly kind: "session.read"; readonly key: string }
  | { readonly kind: "counter.add"; readonly key: string; readonly amount: number }
  | { readonly kind: "counter.read"; readonly key: string }
  | { readonly kind: "set.add"; readonly key: string; readonly member: string }
  | { readonly kind: "set.remove"; readonly key: string; readonly member: string }
  | { readonly kind: "set.read"; readonly key: string }
  | { readonly kind: "hash.set"; readonly key: string; readonly field: string; readonly value: string }
  | { readonly kind: "hash.remove"; readonly key: string; readonly field: string }
  | { readonly kind: "hash.read"; readonly key: string }
  | { readonly kind: "string.set"; readonly key: string; readonly value: string; readonly ttlMs: number | null }
  | { readonly kind: "string.delete"; readonly key: string }
  | { readonly kind: "string.read"; readonly key: string }
  /** One transaction that writes one value to both keys. */
  | { readonly kind: "pair.set"; readonly keys: readonly [string, string]; readonly value: string }
  /** Both keys in one transaction or one command. */
  | { readonly kind: "pair.read"; readonly keys: readonly [string, string] }
  | { readonly kind: "lock.acquire"; readonly key: string; readonly holder: string; readonly ttlMs: number }
  | { readonly kind: "lock.release"; readonly key: string; readonly holder: string; readonly token: number }
  /** `limit` is what may be granted of this key in all, for ever: a window of time is part of the key's name. */
  | { readonly kind: "limit.spend"; readonly key: string; readonly amount: number; readonly limit: number };

export type OperationKind = Operation["kind"];

/** What a key showed: to a read, or at the end. A counter is a string of digits. */
export type Shown =
  | { readonly type: "absent" }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "hash"; readonly fields: Readonly<Record<string, string>> }
  | { readonly type: "set"; readonly members: readonly string[] };

/** What the answer to an operation told its client. */
export type Saw =
  | Shown
  | { readonly type: "pair"; readonly values: readonly [string | null, string | null] }
  /** `token`: the fencing token; null when the lock was not granted. */
  | { readonly type: "lock"; readonly token: number | null }
  | { readonly type: "limit"; readonly granted: boolean };

type Of<Kind extends OperationKind> = Extract<Operation, { readonly kind: Kind }>;

function read<Kind extends OperationKind>(kind: Kind): Shape<{ readonly kind: Kind; readonly key: string }> {
  return object<{ readonly kind: Kind; readonly key: string }>({ kind: word(kind), key: text });
}

const key = text;
const keys = pair(text);

export const OPERATION: Shape<Operation> = tagged<"kind", Operation>("kind", {
  "session.login": object<Of<"session.login">>({
    kind: word("session.login"),
    key,
    field: text,
    value: text,
    ttlMs: number,
  }),
  "session.save": object<Of<"session.save">>({ kind: word("session.save"), key, field: text, value: text }),
  "session.touch": object<Of<"session.touch">>({ kind: word("session.touch"), key, ttlMs: number }),
  "session.logout": object<Of<"session.logout">>({ kind: word("session.logout"), key, final: flag }),
  "session.read": read("session.read"),
  "counter.add": object<Of<"counter.add">>({ kind: word("counter.add"), key, amount: number }),
  "counter.read": read("counter.read"),
  "set.add": object<Of<"set.add">>({ kind: word("set.add"), key, member: text }),
  "set.remove": object<Of<"set.remove">>({ kind: word("set.remove"), key, member: text }),
  "set.read": read("set.read"),
  "hash.set": object<Of<"hash.set">>({ kind: word("hash.set"), key, field: text, value: text }),
  "hash.remove": object<Of<"hash.remove">>({ kind: word("hash.remove"), key, field: text }),
  "hash.read": read("hash.read"),
  "string.set": object<Of<"string.set">>({ kind: word("string.set"), key, value: text, ttlMs: nullable(number) }),
  "string.delete": read("string.delete"),
  "string.read": read("string.read"),
  "pair.set": object<Of<"pair.set">>({ kind: word("pair.set"), keys, value: text }),
  "pair.read": object<Of<"pair.read">>({ kind: word("pair.read"), keys }),
  "lock.acquire": object<Of<"lock.acquire">>({ kind: word("lock.acquire"), key, holder: text, ttlMs: number }),
  "lock.release": object<Of<"lock.release">>({ kind: word("lock.release"), key, holder: text, token: number }),
  "limit.spend": object<Of<"limit.spend">>({ kind: word("limit.spend"), key, amount: number, limit: number }),
});

type Seen<Type extends Saw["type"]> = Extract<Saw, { readonly type: Type }>;

const SHOWN_SHAPES = {
  absent: object<Seen<"absent">>({ type: word("absent") }),
  string: object<Seen<"string">>({ type: word("string"), value: text }),
  hash: object<Seen<"hash">>({ type: word("hash"), fields: dictionary(text) }),
  set: object<Seen<"set">>({ type: word("set"), members: list(text) }),
};

export const SHOWN: Shape<Shown> = tagged<"type", Shown>("type", SHOWN_SHAPES);

export const SAW: Shape<Saw> = tagged<"type", Saw>("type", {
  ...SHOWN_SHAPES,
  pair: object<Seen<"pair">>({ type: word("pair"), values: pair(nullable(text)) }),
  lock: object<Seen<"lock">>({ type: word("lock"), token: nullable(count) }),
  limit: object<Seen<"limit">>({ type: word("limit"), granted: flag }),
});
