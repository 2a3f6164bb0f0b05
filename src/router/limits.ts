/**
 * Every bound and every weight of the router, named with its unit. The defaults are for regions 10–300 ms apart; what each does
 * when turned up or down stands beside it.
 */
export interface HealthLimits {
  /** Pause between probes of a region nobody doubts. Higher: less chatter, later detection. */
  readonly probeIntervalMs: number;
  /** Share of the interval by which it varies either way, so that many routers do not probe in step. */
  readonly probeJitterShare: number;
  /** Pause between probes of a suspect: start to start, so an unanswered probe does not delay the next. */
  readonly suspectIntervalMs: number;
  /** A probe's time-out is `timeoutPerLatency` × the smoothed round trip, within these two. */
  readonly probeTimeoutMinMs: number;
  readonly probeTimeoutMaxMs: number;
  readonly timeoutPerLatency: number;
  /** Unanswered probes of a suspect are given up in time for it to be down this long after the last good one. */
  readonly silenceMaxMs: number;
  readonly failedProbesToDown: number;
  readonly consecutiveErrorsToDown: number;
  /** A region that failed at least `errorShareToDown` of at least `requestsToJudge` requests in `errorWindowMs` is down. */
  readonly errorWindowMs: number;
  readonly requestsToJudge: number;
  readonly errorShareToDown: number;
  /** Good probes in a row that end an outage. */
  readonly goodProbesToUp: number;
  /** A region that came back gets a growing share of new clients over this time. */
  readonly warmingMs: number;
  /** The n-th ejection lasts n × this, at most `ejectionMaxMs`, less up to `ejectionJitterShare` of it. */
  readonly ejectionMs: number;
  readonly ejectionMaxMs: number;
  readonly ejectionJitterShare: number;
  /** One past ejection is forgotten for every such time spent up. */
  readonly ejectionForgetMs: number;
  /** Weight of the newest round trip in the smoothed one. */
  readonly latencyNewestShare: number;
  /** A region that says it is this far behind is degraded until it is below half of it. */
  readonly lagMaxMs: number;
}

export interface ChoiceLimits {
  /** A challenger takes over as nearest if better by this share and by this much, for this many rounds … */
  readonly betterByShare: number;
  readonly betterByMs: number;
  readonly betterForRounds: number;
  /** … and not before the present one has been nearest this long. */
  readonly dwellMs: number;
  /** After such a change clients move over during this time, not in one stampede. */
  readonly shiftMs: number;
  /** How often rounds are held. */
  readonly roundMs: number;
  /** A client's connection keeps its region this long while that is available, then is asked again. */
  readonly stickyMs: number;
  /** Score added for each request in flight, and for each millisecond of replication lag. */
  readonly scorePerInFlightMs: number;
  readonly scorePerLagMs: number;
}

export interface HttpLimits {
  /** Start line and headers, either way. Values travel in paths, so far above Node's 16 KiB. */
  readonly headerBytesMax: number;
  /** A request body of more is refused: in full or, where it does not say its length, once it has passed that. */
  readonly requestBytesMax: number;
  /** A client that takes nothing of its reply for so long is cut off. */
  readonly clientStallMs: number;
  /** The longest sync token that is remembered for a connection. */
  readonly seenTokenBytesMax: number;
  /** While draining, a connection on which nothing is open gets this long for one more request, which is its last. */
  readonly drainIdleMs: number;
  /** A request body up to this is held until the reply begins, so that it can be sent again elsewhere; a larger one streams. */
  readonly retryBodyBytesMax: number;
  /** All held bodies together; above it bodies stream and are not repeatable. */
  readonly retryBodiesBytesMax: number;
  readonly connectionsMax: number;
  /** How many connections may come from one address. */
  readonly connectionsPerAddressMax: number;
  readonly requestsInFlightPerRegionMax: number;
  readonly connectTimeoutMs: number;
  /** From the request sent to the first byte of the reply. */
  readonly responseTimeoutMs: number;
  /** Silence inside a reply; event streams have no such limit. */
  readonly replySilenceMs: number;
  /** A client must have sent its headers, and its whole request, within these. */
  readonly clientHeadersTimeoutMs: number;
  readonly clientRequestTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Repeats of requests that may have reached a region: at most this share of requests … */
  readonly repeatShare: number;
  /** … of which this many can be saved up, and are there at the start. */
  readonly repeatsSavedMax: number;
  readonly repeatsAtStart: number;
  /** What `Retry-After` says when no region could answer. */
  readonly retryAfterSeconds: number;
}

export interface RespLimits {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** TCP keep-alive starts after this much silence, on both legs. */
  readonly keepAliveMs: number;
  /** One side has said goodbye: the other gets this long to finish. */
  readonly halfOpenMs: number;
  /** While draining, a connection that has been silent this long, with nothing owed to it, is closed. */
  readonly drainIdleMs: number;
  /** How many connections may come from one address. */
  readonly connectionsPerAddressMax: number;
  /** Sessions carried over from a region that is down or leaves, in a second: so many at most, so that the next one is not overrun. */
  readonly movesPerSecond: number;
  /** Connections led back to the nearest region in a second; 0: none, they stay until they end. */
  readonly failbackPerSecond: number;
  /** A region must have been the nearest, and healthy, this long before connections are led back to it … */
  readonly failbackAfterMs: number;
  /** … and where that means to close a connection, it must have been silent this long. */
  readonly failbackIdleMs: number;
  /** How long a session's old region may take to say what the session has seen, and the next one to know it. */
  readonly tokenTimeoutMs: number;
  readonly tokenWaitMs: number;
  /** How long a region may take to be told who a session is, that wait included. */
  readonly introductionTimeoutMs: number;
  /** How often the door looks after its connections. */
  readonly sweepMs: number;
}

export interface RouterLimits {
  readonly health: HealthLimits;
  readonly choice: ChoiceLimits;
  readonly http: HttpLimits;
  readonly resp: RespLimits;
  /** Bytes of a `/readyz` answer that are read. */
  readonly probeBodyBytesMax: number;
  /** How long `startRouter` waits for the first answers before it serves with what it knows. */
  readonly firstProbesMs: number;
}

export const ROUTER_LIMITS: RouterLimits = {
  health: {
    probeIntervalMs: 1000,
    probeJitterShare: 0.2,
    suspectIntervalMs: 250,
    probeTimeoutMinMs: 250,
    probeTimeoutMaxMs: 500,
    timeoutPerLatency: 4,
    silenceMaxMs: 1800,
    failedProbesToDown: 3,
    consecutiveErrorsToDown: 5,
    errorWindowMs: 2000,
    requestsToJudge: 20,
    errorShareToDown: 0.5,
    goodProbesToUp: 3,
    warmingMs: 10_000,
    ejectionMs: 5000,
    ejectionMaxMs: 60_000,
    ejectionJitterShare: 0.2,
    ejectionForgetMs: 60_000,
    latencyNewestShare: 0.3,
    lagMaxMs: 10_000,
  },
  choice: {
    betterByShare: 0.2,
    betterByMs: 5,
    betterForRounds: 3,
    dwellMs: 30_000,
    shiftMs: 10_000,
    roundMs: 1000,
    stickyMs: 30_000,
    scorePerInFlightMs: 0.02,
    scorePerLagMs: 0.05,
  },
  http: {
    headerBytesMax: 128 * 1024,
    requestBytesMax: 512 * 1024 * 1024,
    clientStallMs: 60_000,
    seenTokenBytesMax: 8 * 1024,
    drainIdleMs: 1000,
    retryBodyBytesMax: 1024 * 1024,
    retryBodiesBytesMax: 256 * 1024 * 1024,
    connectionsMax: 20_000,
    connectionsPerAddressMax: 10_000,
    requestsInFlightPerRegionMax: 4096,
    connectTimeoutMs: 1000,
    responseTimeoutMs: 30_000,
    replySilenceMs: 60_000,
    clientHeadersTimeoutMs: 20_000,
    clientRequestTimeoutMs: 300_000,
    keepAliveMs: 72_000,
    repeatShare: 0.1,
    repeatsSavedMax: 1000,
    repeatsAtStart: 50,
    retryAfterSeconds: 1,
  },
  resp: {
    connectionsMax: 20_000,
    connectTimeoutMs: 1000,
    keepAliveMs: 30_000,
    halfOpenMs: 30_000,
    drainIdleMs: 50,
    connectionsPerAddressMax: 10_000,
    movesPerSecond: 1000,
    failbackPerSecond: 10,
    failbackAfterMs: 30_000,
    failbackIdleMs: 1000,
    tokenTimeoutMs: 500,
    tokenWaitMs: 500,
    introductionTimeoutMs: 2500,
    sweepMs: 50,
  },
  probeBodyBytesMax: 4096,
  firstProbesMs: 1000,
};
