import type { Attempt, FinalState } from "./record.ts";

/** Around its deadline a session may be shown or not: clocks, and the way of the request, decide. */
const EXPIRY_SLACK_MS = 1_500;

export interface Finding {
  readonly kind: "lost" | "ghost" | "wrong-count" | "invented" | "diverged";
  readonly what: string;
}

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly checked: {
    readonly ackedWrites: number;
    readonly unknownWrites: number;
    readonly sessions: number;
    readonly cartFields: number;
    readonly logouts: number;
    readonly expired: number;
    readonly counters: number;
  };
}

/**
 * Judges a day by its record and the end state alone. Every session id, cart field and value is unique, so each acknowledged write
 * is either there, or something acknowledged or possible explains why not.
 */
export function judgeDay(attempts: readonly Attempt[], final: FinalState): Verdict {
  const findings: Finding[] = [];
  if (final.convergedAfterMs === null || new Set(Object.values(final.digests)).size !== 1) {
    findings.push({ kind: "diverged", what: `digests differ: ${JSON.stringify(final.digests)}` });
  }
  const bySession = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const { session } = attempt.action;
    const known = bySession.get(session);
    if (known === undefined) bySession.set(session, [attempt]);
    else known.push(attempt);
  }
  const tally = { sessions: 0, cartFields: 0, logouts: 0, expired: 0 };
  for (const [session, story] of bySession) judgeSession(session, story, final, findings, tally);
  const counters = judgeCounters(attempts, final, findings);
  const writes = attempts.filter((attempt) => attempt.action.kind !== "read");
  return {
    findings,
    checked: {
      ackedWrites: writes.filter((attempt) => attempt.outcome === "acked").length,
      unknownWrites: writes.filter((attempt) => attempt.outcome === "unknown").length,
      counters,
      ...tally,
    },
  };
}

interface Tally {
  sessions: number;
  cartFields: number;
  logouts: number;
  expired: number;
}

function judgeSession(
  session: string,
  story: readonly Attempt[],
  final: FinalState,
  findings: Finding[],
  tally: Tally,
): void {
  const shown = final.sessions[session];
  const fields = shown?.fields ?? {};
  tally.sessions++;
  const logouts = story.filter((attempt) => attempt.action.kind === "logout" && attempt.outcome !== "failed");
  const writes = story.filter((attempt) => attempt.action.kind === "login" || attempt.action.kind === "cart");
  const longestTtlMs = Math.max(
    ...story.map(({ action, startedMs }) => ("ttlMs" in action ? startedMs + action.ttlMs : 0)),
  );
  if (longestTtlMs + EXPIRY_SLACK_MS < final.readAtMs) {
    tally.expired++;
    if (Object.keys(fields).length > 0)
      findings.push({ kind: "ghost", what: `${session} is there, but it has expired` });
    return;
  }
  if (longestTtlMs - EXPIRY_SLACK_MS < final.readAtMs) return;
  for (const attempt of writes) {
    const [field, value] = written(attempt);
    if (attempt.outcome === "acked" && attempt.action.kind === "cart") tally.cartFields++;
    const mayBeGone = logouts.some((logout) => logout.endedMs >= attempt.startedMs || logout.region !== attempt.region);
    const mustBeGone = logouts.some(
      (logout) =>
        logout.outcome === "acked" &&
        logout.region !== null &&
        logout.region === attempt.region &&
        attempt.endedMs < logout.startedMs,
    );
    const again = writes.some(
      (other) => other !== attempt && written(other)[0] === field && other.outcome !== "failed",
    );
    if (attempt.outcome === "acked" && fields[field] !== value && !mayBeGone) {
      findings.push({
        kind: "lost",
        what: `${session} ${field}=${value}, acknowledged by ${attempt.region ?? "the router"}`,
      });
    }
    if (mustBeGone && !again && attempt.outcome === "acked" && fields[field] === value) {
      findings.push({ kind: "ghost", what: `${session} ${field} is back after its logout` });
    }
  }
  if (logouts.length > 0) tally.logouts++;
  const known = new Map(writes.map(written));
  for (const [field, value] of Object.entries(fields)) {
    if (field !== "visits" && known.get(field) !== value) {
      findings.push({ kind: "invented", what: `${session} ${field}=${value} was never written` });
    }
  }
}

function written(attempt: Attempt): readonly [string, string] {
  const { action } = attempt;
  if (action.kind === "login") return ["user", action.user];
  if (action.kind === "cart") return [action.field, action.value];
  return ["", ""];
}

function judgeCounters(attempts: readonly Attempt[], final: FinalState, findings: Finding[]): number {
  const bounds = new Map<string, { acked: number; unknown: number }>();
  for (const { action, outcome } of attempts) {
    if (action.kind !== "visit") continue;
    const bound = bounds.get(action.counter) ?? { acked: 0, unknown: 0 };
    if (outcome === "acked") bound.acked++;
    if (outcome === "unknown") bound.unknown++;
    bounds.set(action.counter, bound);
  }
  for (const [counter, { acked, unknown }] of bounds) {
    const shown = final.counters[counter] ?? 0;
    if (shown < acked || shown > acked + unknown) {
      findings.push({
        kind: "wrong-count",
        what: `${counter} shows ${shown}; ${acked} acknowledged, ${unknown} unknown`,
      });
    }
  }
  return bounds.size;
}
