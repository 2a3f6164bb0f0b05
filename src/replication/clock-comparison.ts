/** One look at a peer's wall clock. */
export interface ClockComparison {
  /** How far ours is ahead of it, milliseconds; negative: behind. */
  readonly aheadMs: number;
  /** What that may be off by: half the round trip. */
  readonly uncertaintyMs: number;
}

/**
 * Compares our wall clock with what a peer's said `rttMs` after we had asked. It said so at some moment within the round trip, in the
 * middle of it at best guess (as in NTP, RFC 5905).
 */
export function compareClocks(ownMs: number, peerMs: number, rttMs: number): ClockComparison {
  const uncertaintyMs = rttMs / 2;
  return { aheadMs: ownMs - (peerMs + uncertaintyMs), uncertaintyMs };
}
