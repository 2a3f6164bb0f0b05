import type { Hold, LockRead, Token } from "../lock-book.ts";
import { Violation } from "../violation.ts";

/** Row N4: of two calls that do not overlap the later is told the greater token, and no token is told twice. */
export function checkFencing(tokens: readonly Token[]): void {
  for (const [index, one] of tokens.entries()) {
    for (const other of tokens.slice(index + 1)) {
      if (one.home !== other.home) continue;
      const [first, second] = one.toldAt < other.toldAt ? [one, other] : [other, one];
      const isInOrder = first.toldAt < second.askedAt ? first.token < second.token : first.token !== second.token;
      if (isInOrder) continue;
      throw new Violation("fencing", `home ${one.home} told ${first.token} and later ${second.token} (N4)`);
    }
  }
}

/** Row N1: a lock has one holder at a time. */
export function checkHolders(holds: readonly Hold[]): void {
  for (const [index, one] of holds.entries()) {
    for (const other of holds.slice(index + 1)) {
      if (one.lock !== other.lock || one.fromMs >= other.untilMs || other.fromMs >= one.untilMs) continue;
      const what = ({ id, fromMs, untilMs }: Hold): string => `${id} from ${fromMs} to ${untilMs} ms`;
      throw new Violation("one holder", `${one.lock} is held by ${what(one)} and by ${what(other)} (N1)`);
    }
  }
}

/** Row N1: while somebody surely holds a lock everybody is shown that. */
export function checkLockReads(reads: readonly LockRead[], holds: readonly Hold[]): void {
  for (const { lock, region, shown, fromMs, untilMs } of reads) {
    const hold = holds.find((one) => one.lock === lock && one.fromMs <= fromMs && untilMs < one.untilMs);
    if (hold === undefined || hold.id === shown) continue;
    throw new Violation("one holder", `${region} shows ${lock} as ${shown} while ${hold.id} holds it (N1)`);
  }
}
