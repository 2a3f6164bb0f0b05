import type { BatchBook, Coverage } from "../batch-book.ts";
import { LEDGER_DB, type Ledger } from "../ledger.ts";
import type { Observation } from "../observation.ts";
import { Violation } from "../violation.ts";

/** What every reader may rely on, at every moment. */

/** Row K2: of what was written in one transaction nobody sees a half. */
export function checkAtomicity({ region, pairs }: Observation): void {
  for (const [name, [left, right]] of pairs) {
    if (left !== right) throw new Violation("atomicity", `${region} shows ${name} as ${left} and ${right} (K2)`);
  }
}

/** Row K3: no effect without its cause, but for causes that a flush took which had not seen the effect (K5). */
export function checkCausality(
  { region, present }: Observation,
  ledger: Ledger,
  isFlushed: (name: string) => boolean,
): void {
  for (const [effect, cause] of ledger.causes) {
    if (present.has(effect) && !present.has(cause) && !isFlushed(cause)) {
      throw new Violation("causality", `${region} shows ${effect} without ${cause} (K3)`);
    }
  }
}

/** What was acknowledged or shown is there for as long as nothing removes it. */
export function checkKept(
  { region, present }: Observation,
  ledger: Ledger,
  isFlushed: (name: string) => boolean,
): void {
  for (const [name, write] of ledger.uniques) {
    if (!write.isPromised || present.has(name) || isFlushed(name) || ledger.isExcused(write.dot)) continue;
    throw new Violation("acknowledged writes", `${region} lacks ${name}, which was acknowledged or shown`);
  }
}

/** A counter is the sum of the increments that are here, each once. */
export function checkCounts(
  { region, counters }: Observation,
  ledger: Ledger,
  covers: Coverage,
  book: BatchBook,
): void {
  for (const [counter, shown] of counters) {
    const here = ledger.counts.filter(
      ({ counter: name, dot }) => name === counter && covers(dot) && !book.isFlushed(dot, LEDGER_DB, covers),
    );
    const sum = here.reduce((total, { by }) => total + by, 0);
    if (here.length === 0 ? shown !== null && shown !== "0" : shown !== String(sum)) {
      throw new Violation("counting", `${region} shows ${counter} as ${shown}, the increments make ${sum}`);
    }
  }
}
