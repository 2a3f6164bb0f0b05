/** The p-th percentile (0 to 100) of `values` by nearest rank; null of none. Exact: for figures of which there are thousands, not millions. */
export function percentile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))]!;
}

export function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((left, right) => Math.max(left, right));
}

/** Into `count` bins of equal width from `fromMs` on; what lies outside is left out. */
export function binned<T>(items: readonly T[], atMs: (item: T) => number, bins: Bins): readonly (readonly T[])[] {
  const filled: T[][] = Array.from({ length: bins.count }, () => []);
  for (const item of items) filled[Math.floor((atMs(item) - bins.fromMs) / bins.widthMs)]?.push(item);
  return filled;
}

export interface Bins {
  readonly fromMs: number;
  readonly widthMs: number;
  readonly count: number;
}
