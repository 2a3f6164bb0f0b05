/**
 * Shapes of JSON values: one declaration that reads a value, says in plain words where it is wrong, and describes itself as a JSON
 * schema. Small on purpose: the record and the reports are the only users, and both must be readable years later.
 */
export interface Shape<T> {
  /** The value itself, checked. Unknown fields of objects are dropped, so that a newer writer does not break an older reader. */
  read(value: unknown, path: string): T;
  readonly schema: JsonSchema;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value is not of its shape; the message names the place: `op.startedMs wants a number, not "soon"`. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  constructor(path: string, wanted: string, value: unknown) {
    const text = JSON.stringify(value) ?? "nothing";
    super(`${path} wants ${wanted}, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`);
  }
}

function scalar<T>(wanted: string, schema: JsonSchema, fits: (value: unknown) => boolean): Shape<T> {
  return {
    schema,
    read(value, path) {
      if (!fits(value)) throw new ShapeError(path, wanted, value);
      return value as T;
    },
  };
}

export const text: Shape<string> = scalar("a string", { type: "string" }, (value) => typeof value === "string");
export const flag: Shape<boolean> = scalar("true or false", { type: "boolean" }, (value) => typeof value === "boolean");
export const number: Shape<number> = scalar("a number", { type: "number" }, (value) => Number.isFinite(value));
export const count: Shape<number> = scalar(
  "a whole number from 0 on",
  { type: "integer", minimum: 0 },
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

export function word<T extends string | number>(...words: readonly T[]): Shape<T> {
  const wanted = words.map((each) => JSON.stringify(each)).join(" or ");
  return scalar(wanted, { enum: words }, (value) => words.includes(value as T));
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    schema: { anyOf: [shape.schema, { type: "null" }] },
    read: (value, path) => (value === null ? null : shape.read(value, path)),
  };
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { type: "array", items: shape.schema },
    read(value, path) {
      if (!Array.isArray(value)) throw new ShapeError(path, "a list", value);
      return value.map((item, index) => shape.read(item, `${path}[${index}]`));
    },
  };
}

export function pair<T>(shape: Shape<T>): Shape<readonly [T, T]> {
  const both = list(shape);
  return {
    schema: { ...both.schema, minItems: 2, maxItems: 2 },
    read(value, path) {
      const items = both.read(value, path);
      if (items.length !== 2) throw new ShapeError(path, "a list of two", value);
      return [items[0]!, items[1]!];
    },
  };
}

function entriesOf(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ShapeError(path, "an object", value);
  return Object.entries(value);
}

/** An object whose names are data. */
export function dictionary<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    schema: { type: "object", additionalProperties: shape.schema },
    read: (value, path) =>
      Object.fromEntries(entriesOf(value, path).map(([name, item]) => [name, shape.read(item, `${path}.${name}`)])),
  };
}

/** An object of named fields, each of which must be there. A field added to `T` does not compile until it has its shape here. */
export function object<T extends object>(fields: { readonly [Name in keyof T]-?: Shape<T[Name]> }): Shape<T> {
  const named = Object.entries<Shape<unknown>>(fields);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(named.map(([name, shape]) => [name, shape.schema])),
      required: named.map(([name]) => name),
    },
    read(value, path) {
      const given = Object.fromEntries(entriesOf(value, path));
      return Object.fromEntries(named.map(([name, shape]) => [name, shape.read(given[name], `${path}.${name}`)])) as T;
    },
  };
}

/** A union told apart by one field: every member needs its shape. */
export function tagged<Tag extends string, T extends { readonly [Name in Tag]: string }>(
  tag: Tag,
  members: { readonly [Kind in T[Tag]]: Shape<Extract<T, { readonly [Name in Tag]: Kind }>> },
): Shape<T> {
  const byName = new Map(Object.entries<Shape<T>>(members as never));
  return {
    schema: { oneOf: [...byName.values()].map((member) => member.schema) },
    read(value, path) {
      const kind = Object.fromEntries(entriesOf(value, path))[tag];
      const member = typeof kind === "string" ? byName.get(kind) : undefined;
      if (member === undefined) throw new ShapeError(`${path}.${tag}`, [...byName.keys()].join(" or "), kind);
      return member.read(value, path);
    },
  };
}
