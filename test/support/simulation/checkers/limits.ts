import type { NamedDot } from "../door.ts";
import type { LimitCall, Taken } from "../limit-book.ts";
import { Violation } from "../violation.ts";

/** A counter as a region shows it. */
export interface ShownLimit {
  readonly minted: number;
  readonly spent: number;
  readonly left: number;
  readonly regions: ReadonlyMap<string, number>;
}

/**
 * Rows B1, B2, B4: at no moment have clients been granted more than was minted and given back by then. `isExcused`: what a spend wrote is
 * lost with its disk, or with a region that was put out.
 */
export function checkNeverExceeded(
  limit: string,
  calls: readonly LimitCall[],
  isExcused: (call: LimitCall) => boolean,
): void {
  const events = calls
    .filter((call) => call.limit === limit && call.outcome !== "refused")
    .filter((call) => call.kind !== "spend" || (call.outcome === "granted" && !isExcused(call)))
    // A spend counts once its client knows; what makes room counts from when it may have happened.
    .map(({ kind, amount, begunAt, endedAt }) => (kind === "spend" ? [endedAt, -amount] : [begunAt, amount]))
    .toSorted(([left], [right]) => left! - right!);
  let room = 0;
  for (const [at, amount] of events) {
    room += amount!;
    if (room < 0)
      throw new Violation("never exceeded", `${limit}: ${-room} more spent than minted at moment ${at} (B1)`);
  }
}

/**
 * Once all have everything: what was minted is what is left and what is spent, region by region, and both are what clients were told.
 * `isHere`: of the batches there are in the end. Null: the limit is not there.
 */
export function checkConserved(
  region: string,
  limit: string,
  shown: ShownLimit | null,
  calls: readonly LimitCall[],
  isHere: (dot: NamedDot) => boolean,
): void {
  const say = (what: string): Violation => new Violation("conserved", `${region} shows of ${limit} ${what} (B1, B2)`);
  const { minted, spent, left, regions } = shown ?? {
    minted: 0,
    spent: 0,
    left: 0,
    regions: new Map<string, number>(),
  };
  const sum = (kind: LimitCall["kind"], isCounted: (call: LimitCall) => boolean): number =>
    calls.reduce(
      (total, call) => total + (call.limit === limit && call.kind === kind && isCounted(call) ? call.amount : 0),
      0,
    );
  const happened = (call: LimitCall): boolean => call.dot !== null && isHere(call.dot) && call.outcome !== "refused";
  const mayHave = (call: LimitCall): boolean => call.outcome === "unknown" && (call.dot === null || isHere(call.dot));
  const sure = (call: LimitCall): boolean => happened(call) && call.outcome === "granted";
  for (const [what, number, low, high] of [
    ["minted", minted, sum("mint", sure), sum("mint", (call) => sure(call) || mayHave(call))],
    [
      "spent",
      spent,
      sum("spend", sure) - sum("return", (call) => sure(call) || mayHave(call)),
      sum("spend", (call) => sure(call) || mayHave(call)) - sum("return", sure),
    ],
  ] as const) {
    if (number < low || number > high) throw say(`${number} ${what}, clients were told ${low} to ${high}`);
  }
  const rights = [...regions.values()].reduce((total, one) => total + one, 0);
  if (rights !== left || left + spent !== minted) {
    throw say(`${rights} rights, ${left} left and ${spent} spent of ${minted} minted`);
  }
  const debtor = [...regions].find(([, one]) => one < 0);
  if (debtor !== undefined) throw say(`that ${debtor[0]} has ${debtor[1]} rights`);
}

/** Row B6: for no window more is let through than the capacity, in all regions together. */
export function checkWindows(taken: readonly Taken[], capacity: number, isExcused: (dot: NamedDot) => boolean): void {
  const sums = new Map<string, number>();
  for (const { key, window, amount, dot } of taken) {
    if (dot !== null && isExcused(dot)) continue;
    const name = `${key} in window ${window}`;
    const sum = (sums.get(name) ?? 0) + amount;
    sums.set(name, sum);
    if (sum > capacity) throw new Violation("never exceeded", `${sum} let through of ${name}, of ${capacity} (B6)`);
  }
}
