import type { Tally } from "./tally.ts";

export interface Campaign {
  readonly first: number;
  readonly seeds: number;
  readonly failed: readonly number[];
}

/** What a run of many seeds did, as a table for people. */
export function summary(tally: Tally, { first, seeds, failed }: Campaign): string {
  const days = tally.of("time/virtual ms") / 86_400_000;
  const lines = [
    `seeds ${first}–${first + seeds - 1}: ${seeds} histories, ${days.toFixed(1)} virtual days of all regions together`,
    "",
    ...section("faults injected", tally.under("faults/")),
    ...section("what clients were answered", tally.under("clients/")),
    ...section("sessions that moved between regions", tally.under("sessions/")),
    ...section("limits", tally.under("limits/")),
    ...section("locks on pinned keys", tally.under("locks/")),
    ...section("homes", tally.under("homes/")),
    ...section("checks", tally.under("checks/")),
    `commands answered: ${tally.under("commands/").length} kinds`,
    failed.length === 0 ? "no seed failed" : `${failed.length} seeds failed: ${failed.join(" ")}`,
  ];
  return lines.join("\n");
}

function section(title: string, counts: readonly (readonly [string, number])[]): string[] {
  return [title, ...counts.map(([kind, count]) => `  ${kind.padEnd(32)} ${String(count).padStart(9)}`), ""];
}
