/** Every bound and weight of a client's choice of region, named with its unit. */
export interface ClientLimits {
  /** Pause between two looks at a region that answers; a silent one is looked at again at once. */
  readonly probeIntervalMs: number;
  /** A look's time-out is `timeoutPerLatency` × the smoothed round trip, within these two. */
  readonly probeTimeoutMinMs: number;
  readonly probeTimeoutMaxMs: number;
  readonly timeoutPerLatency: number;
  /** Looks that fail in a row, and the region is down. */
  readonly failuresToDown: number;
  /** Answers in a row that end a first outage; each further one within `downsForgetMs` needs twice as many, up to `goodToUpMax`. */
  readonly goodToUp: number;
  readonly goodToUpMax: number;
  readonly downsForgetMs: number;
  /** Weight of the newest round trip in the smoothed one. */
  readonly latencyNewestShare: number;
  /** Another region must be nearer by this share and this much, for so many looks … */
  readonly betterByShare: number;
  readonly betterByMs: number;
  readonly betterForRounds: number;
  /** … and not before the present one has been taken for so long. */
  readonly dwellMs: number;
  /** How long a connection is waited for. */
  readonly connectTimeoutMs: number;
  /** How long the next region may take to have all that was seen in the last one. */
  readonly awaitMs: number;
  /** A token is asked for at most this long after something was read or written. */
  readonly tokenAfterMs: number;
  /** A connection that is to be moved without need is moved when it has been quiet for so long, and at the latest after so long. */
  readonly quietMs: number;
  readonly moveWithinMs: number;
  /** How often the list of regions is read again. */
  readonly listIntervalMs: number;
  readonly listTimeoutMs: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  probeIntervalMs: 750,
  probeTimeoutMinMs: 250,
  probeTimeoutMaxMs: 600,
  timeoutPerLatency: 4,
  failuresToDown: 2,
  goodToUp: 3,
  goodToUpMax: 60,
  downsForgetMs: 600_000,
  latencyNewestShare: 0.3,
  betterByShare: 0.2,
  betterByMs: 5,
  betterForRounds: 3,
  dwellMs: 30_000,
  connectTimeoutMs: 1000,
  awaitMs: 500,
  tokenAfterMs: 100,
  quietMs: 20,
  moveWithinMs: 10_000,
  listIntervalMs: 5000,
  listTimeoutMs: 2000,
};
