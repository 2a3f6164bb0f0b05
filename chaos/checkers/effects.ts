import type { OpLine } from "../record/lines.ts";
import type { Operation, Saw } from "../record/operations.ts";

/** A value put at a place: a field of a hash or session, a string, one key of a pair, a member of a set (whose value is its name). */
export interface Put {
  readonly key: string;
  /** Field or member; empty for strings and pairs. */
  readonly element: string;
  readonly value: string;
}

/** What a write puts, none for others. */
export function putsOf(op: Operation): readonly Put[] {
  switch (op.kind) {
    case "session.login":
    case "session.save":
    case "hash.set":
      return [{ key: op.key, element: op.field, value: op.value }];
    case "string.set":
      return [{ key: op.key, element: "", value: op.value }];
    case "pair.set":
      return op.keys.map((key) => ({ key, element: "", value: op.value }));
    case "set.add":
      return [{ key: op.key, element: op.member, value: op.member }];
    default:
      return [];
  }
}

/** What a removal takes away. `element` null: the whole key, by the rules of the key's class. */
export interface Removal {
  readonly key: string;
  readonly element: string | null;
  readonly final: boolean;
}

export function removalOf(op: Operation): Removal | null {
  switch (op.kind) {
    case "session.logout":
      return { key: op.key, element: null, final: op.final };
    case "string.delete":
      return { key: op.key, element: null, final: false };
    case "set.remove":
      return { key: op.key, element: op.member, final: false };
    case "hash.remove":
      return { key: op.key, element: op.field, final: false };
    default:
      return null;
  }
}

/** Milliseconds that a write gives its key to live; null: it says nothing of that. */
export function ttlOf(op: Operation): number | null {
  return op.kind === "session.login" || op.kind === "session.touch" || op.kind === "string.set" ? op.ttlMs : null;
}

export function keysOf(op: Operation): readonly string[] {
  return op.kind === "pair.set" || op.kind === "pair.read" ? op.keys : [op.key];
}

export function isRead(op: Operation): boolean {
  return op.kind.endsWith(".read");
}

/** Whether an operation changes what is kept: what an acknowledgement promises something about. */
export function isWrite(op: Operation): boolean {
  return !isRead(op);
}

/** The elements that were shown of one key: by name, with their values. Empty: the key was absent. */
export type Elements = ReadonlyMap<string, string>;

const NOTHING: Elements = new Map();

export function elementsOf(saw: Saw): Elements {
  switch (saw.type) {
    case "string":
      return new Map([["", saw.value]]);
    case "hash":
      return new Map(Object.entries(saw.fields));
    case "set":
      return new Map(saw.members.map((member) => [member, member]));
    default:
      return NOTHING;
  }
}

/** What a read of one or two keys showed, key by key; none where the answer was none. */
export function shownBy(line: OpLine): readonly (readonly [string, Elements])[] {
  if (!isRead(line.op) || line.outcome !== "acked" || line.saw === null) return [];
  const { saw } = line;
  if (saw.type !== "pair") return [[keysOf(line.op)[0]!, elementsOf(saw)]];
  return keysOf(line.op).map((key, index) => {
    const value = saw.values[index] ?? null;
    return [key, value === null ? NOTHING : new Map([["", value]])];
  });
}
