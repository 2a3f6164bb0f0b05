import type { Random } from "../../base/random.ts";

/** Places in a collection chosen at random: the commands that answer random members, fields and their like. */

/** `count` places of `size`; the same one may come again. */
export function chooseRepeated(size: number, count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.below(size));
}

/**
 * `count` different places of `size`, all of them in order when there are no more. The steps are those of a Fisher-Yates shuffle
 * whose moved places are remembered in a map, so they cost what is chosen and not what there is.
 */
export function chooseDistinct(size: number, count: number, random: Random): number[] {
  if (count >= size) return Array.from({ length: size }, (_, place) => place);
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, step) => {
    const other = step + random.below(size - step);
    const chosen = moved.get(other) ?? other;
    moved.set(other, moved.get(step) ?? step);
    return chosen;
  });
}
