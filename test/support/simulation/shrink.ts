/**
 * The shortest history that still fails: drops stretches of steps, half of it first, then ever shorter ones, for as long as what is
 * left fails in the same way (delta debugging, Zeller and Hildebrandt 2002). At most `runsMax` runs.
 */
export async function shrink<Step>(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  runsMax: number,
): Promise<readonly Step[]> {
  let kept = steps;
  let runs = 0;
  for (let length = Math.ceil(kept.length / 2); length >= 1;) {
    let isShorter = false;
    for (let at = 0; at < kept.length && runs < runsMax;) {
      const candidate = [...kept.slice(0, at), ...kept.slice(at + length)];
      runs++;
      if (await fails(candidate)) {
        kept = candidate;
        isShorter = true;
      } else at += length;
    }
    if (runs >= runsMax) break;
    if (length > 1) length = Math.ceil(length / 2);
    else if (!isShorter) break;
  }
  return kept;
}
