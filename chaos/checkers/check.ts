import type { RunRecord } from "../record/record.ts";
import { findHalfTransactions } from "./atomicity.ts";
import { findCausalityViolations } from "./causality.ts";
import { findWrongCounts } from "./counters.ts";
import { findDivergence } from "./divergence.ts";
import type { Finding } from "./finding.ts";
import { findGhosts } from "./ghosts.ts";
import { History } from "./history.ts";
import { findExceededLimits, findLockViolations } from "./locks.ts";
import { findLost, type Fates } from "./lost.ts";
import { judgeSessions, type SessionResult } from "./sessions.ts";

export interface CheckResult {
  readonly history: History;
  /** The gravest first. */
  readonly findings: readonly Finding[];
  readonly fates: { readonly healed: Fates; readonly survivors: Fates };
  readonly sessions: SessionResult["judged"];
}

/** Every checker over one record. Pure: the same record is always judged the same. */
export function checkRecord(record: RunRecord): CheckResult {
  const history = new History(record);
  const lost = findLost(history);
  const sessions = judgeSessions(history);
  return {
    history,
    findings: [
      ...lost.findings,
      ...findWrongCounts(history),
      ...findDivergence(history),
      ...findGhosts(history),
      ...findHalfTransactions(history),
      ...findCausalityViolations(history),
      ...findLockViolations(history),
      ...findExceededLimits(history),
      ...sessions.findings,
    ],
    fates: { healed: lost.healed, survivors: lost.survivors },
    sessions: sessions.judged,
  };
}
