/** Limits of replication, with their units. */
export interface ReplicationLimits {
  /** Bytes of payload in one frame; a batch that is larger travels in fragments. */
  readonly frameBytesMax: number;
  /** Bytes of one batch put together from fragments. */
  readonly batchBytesMax: number;
  /** Bytes a socket may have unsent before its provider stops reading the log for it. */
  readonly linkBufferedBytesMax: number;
  /** Bytes of one frame before both sides have proved the secret. */
  readonly handshakeFrameBytesMax: number;
  /** Bytes of batches held because something they depend on is missing. */
  readonly heldBytesMax: number;
  /** Held batches, whatever their size: small ones cost more to keep than they weigh. */
  readonly heldBatchesMax: number;
  /** Frames this large are compressed when that saves a tenth; smaller ones never. */
  readonly compressFromBytes: number;
  /** Time between heartbeats. */
  readonly heartbeatMs: number;
  /** A link on which nothing was heard for so long is left, where another brings the same: its peer may be busy, or gone. */
  readonly silentAfterMs: number;
  /** A stream that owes something and has brought nothing for so long is asked for again. */
  readonly askAgainAfterMs: number;
  /**
   * A link without a received frame for so long is dead. Twice what a script may run, by default: a region runs commands and
   * answers heartbeats in one thread.
   */
  readonly deadAfterMs: number;
  /** Two looks at the clock further apart than this are a process that did something else meanwhile, and listened to nobody. */
  readonly deafFromMs: number;
  /** A handshake that takes longer is given up. */
  readonly handshakeTimeoutMs: number;
  /**
   * Least time between two reports caused by durability alone, with up to two peers; with more, as much longer. What waits for reports
   * (WAIT, write concern, stability) may wait that long besides the network's delay.
   */
  readonly reportEveryMs: number;
  /** A region's own link takes its stream over from another provider once it has been open for so long: flapping links wait. */
  readonly settleMs: number;
  /** A provider that has had nothing we lack for so long, while another had, is left. */
  readonly providerPatienceMs: number;
  /** A stopping region waits for so long until its peers have what it wrote last. */
  readonly farewellMs: number;
  /** That no connected peer has what we lack in its log has to be so for this long before a full copy is taken. */
  readonly snapshotGraceMs: number;
  /** A peer that cannot give a snapshot for so long is left for another; a refused one is asked again after as long. */
  readonly snapshotPatienceMs: number;
  /** An interrupted snapshot, and the log behind one that was sent, are kept for so long. */
  readonly snapshotKeepMs: number;
  /** A provider whose log lacks what a subscription asks for is asked again after so long. */
  readonly truncatedRetryMs: number;
  /** Bytes a link sends a second of batches and rows; 0: no cap. */
  readonly linkBytesPerSecond: number;
  /** Backoff of dialling; a link that opens and ends at once waits up to three times `redialMaxMs`. */
  readonly redialFirstMs: number;
  readonly redialMaxMs: number;
  /** Beside a dial that has brought nothing for so long another is begun. */
  readonly freshDialMs: number;
  /** Dials to one peer at once: as many as begin `freshDialMs` apart before the first has had its `handshakeTimeoutMs`, and one. */
  readonly dialsAtOnceMax: number;
  /** Accepted connections whose handshake is not finished, at once, besides `dialsAtOnceMax` for each peer. */
  readonly strangersMax: number;
}

export const DEFAULT_REPLICATION_LIMITS: ReplicationLimits = {
  frameBytesMax: 1024 * 1024,
  batchBytesMax: 80 * 1024 * 1024,
  linkBufferedBytesMax: 4 * 1024 * 1024,
  handshakeFrameBytesMax: 4 * 1024,
  heldBytesMax: 64 * 1024 * 1024,
  heldBatchesMax: 100_000,
  compressFromBytes: 16 * 1024,
  heartbeatMs: 500,
  silentAfterMs: 2_500,
  askAgainAfterMs: 5_000,
  deadAfterMs: 10_000,
  deafFromMs: 250,
  handshakeTimeoutMs: 5_000,
  reportEveryMs: 5,
  settleMs: 1_000,
  providerPatienceMs: 1_000,
  farewellMs: 1_000,
  snapshotGraceMs: 2_000,
  snapshotPatienceMs: 20_000,
  snapshotKeepMs: 120_000,
  truncatedRetryMs: 10_000,
  linkBytesPerSecond: 0,
  redialFirstMs: 100,
  redialMaxMs: 1_000,
  freshDialMs: 1_000,
  dialsAtOnceMax: 6,
  strangersMax: 64,
};
