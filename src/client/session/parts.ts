/** A script hands a command its arguments over Lua's stack, which takes some thousands. */
const ARGUMENTS_MAX = 1_000;

/** A list in parts that are short enough for one command of a script. */
export function partsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / ARGUMENTS_MAX) }, (_, part) =>
    items.slice(part * ARGUMENTS_MAX, (part + 1) * ARGUMENTS_MAX),
  );
}
