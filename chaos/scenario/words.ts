import { ShapeError, type Shape } from "../record/shape.ts";

/**
 * Reads an object that a person wrote: words may be left out where there is a default, and a word nobody knows is refused, since it is
 * most likely a misspelt one.
 */
export function readWords<Words>(shape: Shape<Words>, defaults: Partial<Words>, given: unknown, path: string): Words {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new ShapeError(path, "an object", given);
  }
  const known = Object.keys(shape.schema["properties"] as object);
  const unknown = Object.keys(given).find((word) => !known.includes(word));
  if (unknown !== undefined) throw new ShapeError(path, known.join(", "), unknown);
  return shape.read({ ...defaults, ...given }, path);
}
