/**
 * What docs/scale.md reckons with: every figure that is not the simulator's, once. Times are processor time of one region's process;
 * change one, run `npm run scale`, and the page follows.
 */
export const FIGURES = {
  /** Of a write that a client sends: measured, W11 with one region, 50 clients that each wait for their answer. */
  writeMicros: 41,
  /** The same in a pipeline of 16: measured, the profile of W2. */
  pipelinedWriteMicros: 13,
  /** More for each further region that it is sent to: measured, W11, (93 − 41) / 7. */
  writeMicrosPerPeer: 7.4,
  /** Of a write that comes from another region. Assumed: a write without a client's half, so what a pipelined one takes. */
  applyMicros: 13,
  /** Part of a core that may be busy before latency rises. Assumed. */
  busyShare: 0.7,
  /** On the wire for a write in one direction of two regions, reports included: measured, W10, 50 clients. */
  wireBytes: [
    { valueBytes: 100, bytes: 150 },
    { valueBytes: 1_024, bytes: 807 },
  ],
  /** TLS records, TCP and IP on top. Assumed. */
  wireOverhead: 1.05,
  /** Price of traffic between regions, sent, of large clouds; 0.01 to 0.09 and more where continents are crossed. Assumed. */
  dollarsPerGigabyte: 0.02,
  /** Of a key with 300 bytes: measured, W7. In memory, garbage included; on disk rows alone. */
  memoryBytesPerKey: 1_770,
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
 * Writes a second in the whole world, spread evenly, at which one core of each region is as busy as it may be: a region pays for
 * its own part, for sending it to each other region, and for applying everybody else's.
 */
export function writesCeiling(figures: Figures, regions: number, writeMicros: number): number {
  const peers = regions - 1;
  const perWriteMicros =
    (writeMicros + peers * figures.writeMicrosPerPeer) / regions + (peers / regions) * figures.applyMicros;
  return (figures.busyShare * 1e6) / perWriteMicros;
}
