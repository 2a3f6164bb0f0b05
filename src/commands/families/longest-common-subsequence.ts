/**
 * The longest common subsequence of two byte strings by dynamic programming: a table of the lengths for every pair of
 * prefixes, walked back from its end. Time and memory are the product of the lengths, so the caller bounds that.
 */
export interface CommonSubsequence {
  readonly length: number;
  readonly text: string;
  /** Runs that are common, from the last to the first; both ends included. */
  readonly ranges: readonly CommonRange[];
}

export interface CommonRange {
  readonly left: readonly [first: number, last: number];
  readonly right: readonly [first: number, last: number];
  readonly length: number;
}

/** Cells of the table: 64 Mi, a quarter of a gigabyte and some tenths of a second. */
export const LCS_CELLS_MAX = 64 * 1024 * 1024;

export function cellsOf(left: string, right: string): number {
  return (left.length + 1) * (right.length + 1);
}

export function longestCommonSubsequence(left: string, right: string): CommonSubsequence {
  const table = lengths(left, right);
  const width = right.length + 1;
  const reversed: string[] = [];
  const ranges: CommonRange[] = [];
  let i = left.length;
  let j = right.length;
  let run = 0;
  // A run ends where the walk leaves the diagonal; its first bytes are then at (i, j).
  const endRun = (): void => {
    if (run > 0) ranges.push({ left: [i, i + run - 1], right: [j, j + run - 1], length: run });
    run = 0;
  };
  while (i > 0 && j > 0) {
    if (left.charCodeAt(i - 1) === right.charCodeAt(j - 1)) {
      reversed.push(left[i - 1]!);
      run++;
      i--;
      j--;
      continue;
    }
    endRun();
    if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
  endRun();
  return { length: table[table.length - 1]!, text: reversed.toReversed().join(""), ranges };
}

function lengths(left: string, right: string): Uint32Array {
  const width = right.length + 1;
  const table = new Uint32Array((left.length + 1) * width);
  for (let i = 1; i <= left.length; i++) {
    const code = left.charCodeAt(i - 1);
    const row = i * width;
    for (let j = 1; j < width; j++) {
      if (code === right.charCodeAt(j - 1)) table[row + j] = table[row - width + j - 1]! + 1;
      else table[row + j] = Math.max(table[row - width + j]!, table[row + j - 1]!);
    }
  }
  return table;
}
