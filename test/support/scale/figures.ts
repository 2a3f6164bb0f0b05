/**
 * What docs/scale.md reckons with: every figure that is not the simulator's, once. Times are processor time of one region's process;
 * change one, run `npm run scale`, and the page follows. Works are those of the files in docs/results that are named.
 */
export const FIGURES = {
  /** Of a write that a client sends. W11 with one region, 50 clients that each wait for their answer: 2026-11-29T1752-growth. */
  writeMicros: 45,
  /** The same in a pipeline of 16: a profile of W2's main thread, 11 to 13, in docs/measures.md. */
  pipelinedWriteMicros: 13,
  /** More for each further region it is sent to, as a share of that. The same W11, (102 − 45) / 7 of 45. */
  peerShare: 0.18,
  /** Of applying a write of another region, as a share of the same. The same W11 with two regions, 29 of 45. */
  applyShare: 0.64,
  /** Part of a core that may be busy before latency rises. Assumed. */
  busyShare: 0.7,
  /** On the wire for a write in one direction of two regions, reports included. W10, 50 clients: 2026-11-29T2157-wire. */
  wireBytes: [
    { valueBytes: 100, bytes: 147 },
    { valueBytes: 1_024, bytes: 835 },
  ],
  /** TLS records, TCP and IP on top. Assumed. */
  wireOverhead: 1.05,
  /** Price of traffic between regions, sent, of large clouds; 0.01 to 0.09 and more where continents are crossed. Assumed. */
  dollarsPerGigabyte: 0.02,
  /** Of a key with 300 bytes: in memory at rest, all of the process' own, W7 in 2026-11-29T2157-memory; on disk rows alone, assumed. */
  memoryBytesPerKey: 629,
  diskBytesPerKey: 1_350,
  secondsPerMonth: 30 * 24 * 3_600,
} as const;

type Figures = typeof FIGURES;

/** Gigabytes that all regions together send in a month, and dollars: each write goes to every other region once. */
export function trafficOf(
  figures: Figures,
  regions: number,
  writesPerSecond: number,
  wireBytes: number,
): { readonly gigabytes: number; readonly dollars: number } {
  const { wireOverhead, secondsPerMonth, dollarsPerGigabyte } = figures;
  const gigabytes = (writesPerSecond * (regions - 1) * wireBytes * wireOverhead * secondsPerMonth) / 1e9;
  return { gigabytes, dollars: gigabytes * dollarsPerGigabyte };
}

/**
 * Writes a second in the whole world, spread evenly, at which one core of each region is as busy as it may be. A region pays for its own
 * part and for sending that to each other region; for applying everybody else's, and for telling each further region that it has.
 */
export function writesCeiling(figures: Figures, regions: number, writeMicros: number): number {
  const { busyShare, peerShare, applyShare } = figures;
  const peers = regions - 1;
  const own = 1 + peers * peerShare;
  const applied = peers * (applyShare + Math.max(0, peers - 1) * peerShare);
  return (busyShare * 1e6) / (writeMicros * ((own + applied) / regions));
}
