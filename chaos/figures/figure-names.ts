/** `count`: how many; `share`: 0 to 1; `ms`: milliseconds. */
export type FigureUnit = "count" | "share" | "ms";

interface FigureMeaning {
  readonly unit: FigureUnit;
  readonly what: string;
}

const count = (what: string): FigureMeaning => ({ unit: "count", what });
const ms = (what: string): FigureMeaning => ({ unit: "ms", what });
const share = (what: string): FigureMeaning => ({ unit: "share", what });

/** Every figure a budget may name. A figure that a run could not measure is null, and a budget on it is not kept but unknown. */
export const FIGURES = {
  "writes.acked": count("acknowledged writes"),
  "writes.unknown": count("writes without an answer: they may have happened, and never count as acknowledged"),
  "writes.failed": count("writes refused, or never sent"),

  "lost.returns.writes": count("acknowledged writes lost, though every region came back"),
  "lost.returns.share": share("of the acknowledged writes that were lost, though every region came back"),
  "lost.returns.windowMs": ms("loss window when every region comes back: tFault − ack of the oldest lost write"),
  "lost.returns.spanMs": ms("of acknowledged writes lost though every region came back: from the oldest to the newest"),
  "lost.never.writes": count("acknowledged writes lost if the region never came back, its disk gone"),
  "lost.never.share": share("of its acknowledged writes that were lost if the region never came back"),
  "lost.never.windowMs": ms("loss window if the region never came back"),
  "lost.never.spanMs": ms("of acknowledged writes lost if the region never came back: from the oldest to the newest"),
  "lost.never.local.windowMs": ms("the same, of writes that were confirmed by no other region"),
  "lost.never.one.windowMs": ms("the same, of writes that one other region had confirmed"),
  "lost.never.all.windowMs": ms("the same, of writes that all regions had confirmed"),

  "exposure.local.p99Ms": ms(
    "age of the oldest acknowledged write that no other region had durably, 99th percentile over time",
  ),
  "exposure.local.maxMs": ms("age of the oldest acknowledged write that no other region had durably, at worst"),
  "exposure.one.maxMs": ms("the same, of writes that waited for one other region"),
  "exposure.all.maxMs": ms("the same, of writes that waited for all regions"),
  "exposure.everywhere.maxMs": ms("age of the oldest acknowledged write that some region did not have yet, at worst"),

  "gap.p50Ms": ms("client gap (RTO): longest time between two successes of one client across the fault, median client"),
  "gap.p99Ms": ms("client gap, 99th percentile over clients"),
  "gap.maxMs": ms("client gap, worst client of those that ask elsewhere when their region is away"),
  "gap.pinned.maxMs": ms("client gap, worst client of those that ask one region alone"),
  "gap.detectedMs": ms("from tFault until the router held the region for down"),
  "gap.decidedMs": ms("from tFault until the router sent clients elsewhere"),
  "gap.firstSuccessMs": ms("from tFault until every client had succeeded once more"),
  "failback.gapMs": ms("longest client gap after tHeal"),
  "failback.errors": count("operations without success after tHeal"),
  "failback.flaps": count("times a region was held for down again after it had been returned to"),

  "lag.healthy.p50Ms": ms("replication lag, ack in one region to visible in another, without a fault, median"),
  "lag.healthy.p99Ms": ms("replication lag without a fault, 99th percentile"),
  "lag.healthy.maxMs": ms("replication lag without a fault, at worst"),
  "lag.fault.p50Ms": ms("replication lag of what was written under a fault, median"),
  "lag.fault.p99Ms": ms("replication lag of what was written under a fault, 99th percentile"),
  "lag.fault.maxMs": ms("replication lag of what was written under a fault, at worst"),

  "staleness.staleReads": count("reads that did not show the newest acknowledged write of any region"),
  "staleness.p50Ms": ms("how old what a stale read lacked was, median"),
  "staleness.p99Ms": ms("how old what a stale read lacked was, 99th percentile"),
  "staleness.maxMs": ms("how old what a stale read lacked was, at worst"),

  "sessions.readYourWrites": count("read-your-writes broken, with a token that was honoured"),
  "sessions.monotonicReads": count("monotonic reads broken, with a token that was honoured"),
  "sessions.readYourWritesWithoutToken": count("reads without a token that did not see their session's own write"),
  "sessions.monotonicReadsWithoutToken": count("reads without a token that saw less than one before"),

  "revocation.p50Ms": ms("logout acknowledged in one region to refused in another, median"),
  "revocation.p99Ms": ms("logout acknowledged in one region to refused in another, 99th percentile"),
  "revocation.maxMs": ms("logout acknowledged in one region to refused in another, at worst"),

  "convergence.afterHealMs": ms("all regions' digests equal − tHeal; writes that go on after tHeal count in"),
  "convergence.afterLastWriteMs": ms("all regions' digests equal − the later of tHeal and the last write"),
  "convergence.caughtUpMs": ms("from tHeal until every region had all that any had at tHeal"),

  "divergence.keys": count("keys, or whole states, that were not equal after the deadline"),
  "ghosts.shown": count("deleted or expired and shown again, or counted twice"),
  "ghosts.invented": count("values shown that nobody wrote, or that were refused"),
  "counters.wrong": count("counters outside of what was acknowledged and what is possible"),
  "transactions.half": count("half transactions shown"),
  "causality.broken": count("reads that did not show what their region surely had"),
  "locks.twoHolders": count("times a lock had two holders"),
  "locks.fencing": count("fencing tokens that did not rise"),
  "limits.exceeded": count("limits granted beyond their bound"),

  "availability.share": share("of the operations that were due, acknowledged"),
  "availability.healthy.share": share("of the operations that were due before the fault, acknowledged"),
  "availability.fault.share": share("of the operations that were due under the fault, acknowledged"),

  "latency.healthy.p50Ms": ms("due to answered, before the fault, median"),
  "latency.healthy.p99Ms": ms("due to answered, before the fault, 99th percentile"),
  "latency.fault.p50Ms": ms("due to answered, under the fault, median"),
  "latency.fault.p99Ms": ms("due to answered, under the fault, 99th percentile"),
  "latency.maxMs": ms("due to answered, at worst"),
} satisfies Readonly<Record<string, FigureMeaning>>;

export type FigureName = keyof typeof FIGURES;

export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

/** Null: this run could not measure it. */
export type Figures = Readonly<Record<FigureName, number | null>>;

/** What every run must keep unless its scenario says otherwise. */
export const STANDING_BUDGETS: readonly FigureName[] = [
  "lost.returns.writes",
  "divergence.keys",
  "ghosts.shown",
  "ghosts.invented",
  "counters.wrong",
  "transactions.half",
  "causality.broken",
  "sessions.readYourWrites",
  "sessions.monotonicReads",
  "locks.twoHolders",
  "locks.fencing",
  "limits.exceeded",
];
