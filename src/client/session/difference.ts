import type { IsCounter } from "./counter-paths.ts";
import { emptyObject, isArray, isEqual, isObject, type JsonObject, type JsonValue, type Path } from "./json.ts";

/** What a request changed in a session: all that is sent when it is saved. Others' changes meet it in the region, and across them. */
export interface Difference {
  /** Objects merge, null removes, all else replaces (RFC 7396). Null: nothing of that kind. */
  readonly patch: JsonObject | null;
  /** Set to null: what a patch cannot say. */
  readonly nulls: readonly Path[];
  readonly sums: readonly Sum[];
  readonly appends: readonly Append[];
}

/** A counter that went up or down. */
export interface Sum {
  readonly path: Path;
  readonly by: number;
  /** It was not there when the session was loaded: it starts from 0, unless somebody else made it meanwhile. */
  readonly isNew: boolean;
}

/** Items that came behind those that were loaded. */
export interface Append {
  readonly path: Path;
  readonly items: readonly JsonValue[];
}

/**
 * From `before` to `after`. Objects are compared key by key; a counter that both have as an integer is a sum; an array that only grew at its
 * end is an append; all else that differs is set anew.
 */
export function differenceOf(before: JsonObject, after: JsonObject, isCounter: IsCounter): Difference {
  const found = { nulls: [] as Path[], sums: [] as Sum[], appends: [] as Append[] };

  /** The patch that makes `value` where nothing comparable was; undefined when it is said otherwise. */
  const added = (path: Path, value: JsonValue): JsonValue | undefined => {
    if (value === null) {
      found.nulls.push(path);
      return undefined;
    }
    if (isCounter(path) && Number.isSafeInteger(value)) {
      found.sums.push({ path, by: value as number, isNew: true });
      return undefined;
    }
    if (!isObject(value)) return value;
    const patch = emptyObject();
    for (const [key, inner] of Object.entries(value)) put(patch, key, added([...path, key], inner));
    return patch;
  };

  const changed = (path: Path, from: JsonValue, to: JsonValue): JsonValue | undefined => {
    if (isEqual(from, to)) return undefined;
    if (isObject(from) && isObject(to)) return between(path, from, to) ?? undefined;
    if (isCounter(path) && Number.isSafeInteger(from) && Number.isSafeInteger(to)) {
      const by = (to as number) - (from as number);
      if (Number.isSafeInteger(by)) {
        found.sums.push({ path, by, isNew: false });
        return undefined;
      }
    }
    if (isArray(from) && isArray(to) && isPrefix(from, to)) {
      found.appends.push({ path, items: to.slice(from.length) });
      return undefined;
    }
    // What was something else is not added to.
    return to === null || isObject(to) ? added(path, to) : to;
  };

  const between = (path: Path, from: JsonObject, to: JsonObject): JsonObject | null => {
    const patch = emptyObject();
    for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
    for (const [key, value] of Object.entries(to)) {
      const at = [...path, key];
      put(patch, key, Object.hasOwn(from, key) ? changed(at, from[key]!, value) : added(at, value));
    }
    return Object.keys(patch).length === 0 ? null : patch;
  };

  return { patch: between([], before, after), ...found };
}

function put(patch: Record<string, JsonValue>, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) patch[key] = value;
}

function isPrefix(from: readonly JsonValue[], to: readonly JsonValue[]): boolean {
  return from.length < to.length && from.every((item, index) => isEqual(item, to[index]));
}
