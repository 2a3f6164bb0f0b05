/** What the words in a report mean: printed in every one, so that a number can be argued about. */
export const DEFINITIONS: readonly { readonly term: string; readonly meaning: string }[] = [
  {
    term: "tFault, tHeal",
    meaning:
      "when the injector's call returned. All times are of one monotonic clock, the harness'; wall time is a label only.",
  },
  {
    term: "acked, failed, unknown",
    meaning:
      "answered with success; refused or never sent; sent and not answered. Unknown never counts as acked, and may be present.",
  },
  {
    term: "kept, superseded, merged, lost",
    meaning:
      "what an acked write ends as: present; a causally later or winning write (or a delete that may have seen it) is there instead; part of a counter's sum; or nothing explains why it is missing.",
  },
  {
    term: "loss window",
    meaning:
      "tFault − ack of the oldest lost write, 0 if none; with count, share, and the span from the oldest to the newest (what a side that was cut off went on acknowledging is lost after tFault). Always both: every region comes back (must be 0), and the region never comes back, its disk gone.",
  },
  {
    term: "exposure",
    meaning:
      "age of the oldest acked write that no other region has durably yet, sampled all the time by the regions' own word: late by up to two samples, never early.",
  },
  {
    term: "client gap (RTO)",
    meaning:
      "longest time between two successes of one client across the fault; p50, p99 and max over clients that ask elsewhere when their region is away (those that do not are blind as long as it is away); split into detected, decided, first success. Failback: the same after tHeal, with errors and flaps.",
  },
  {
    term: "replication lag",
    meaning: "acked in A → visible in B. A probe that saw nothing counts with all the time it waited.",
  },
  {
    term: "staleness",
    meaning: "how long before a read the oldest acked write, of any region, was acked that the read did not show.",
  },
  {
    term: "read-your-writes, monotonic reads",
    meaning:
      "per session; promised to who sends the token of his last answer. Without a token they are counted, and not promised across regions.",
  },
  { term: "revocation window", meaning: "logout acked in A → refused in B." },
  {
    term: "convergence",
    meaning: "all regions' digests equal − tHeal. Divergence: keys unequal after the deadline; must be 0.",
  },
  { term: "ghosts", meaning: "deleted and back, expired and back, counted twice." },
  {
    term: "availability, latency",
    meaning:
      "of an open-loop workload of fixed rate: what is due starts, whatever is still waiting. Latency counts from when an operation was due.",
  },
  {
    term: "kill -9",
    meaning:
      "does not lose what the kernel has: it tests recovery, not fsync, which the storage's simulated crashes test.",
  },
];
