/** A Set or Map that is only there while something is in it, without `name`: null when nothing is left. */
export function without<Names extends { delete(name: string): boolean; readonly size: number }>(
  names: Names | null,
  name: string,
): Names | null {
  names?.delete(name);
  return names === null || names.size === 0 ? null : names;
}
