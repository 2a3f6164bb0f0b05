import type { OpLine } from "../record/lines.ts";
import { amountOf, countShown } from "./counters.ts";
import { keysOf, shownBy } from "./effects.ts";
import { fateOf } from "./fate.ts";
import { finding, type Finding } from "./finding.ts";
import type { History, KeyHistory, Write } from "./history.ts";

export interface SessionResult {
  readonly findings: readonly Finding[];
  /** Reads that had something of their own session to show, with and without a token that was honoured. */
  readonly judged: { readonly withToken: number; readonly withoutToken: number };
}

/**
 * Read-your-writes and monotonic reads, session by session. Promised to who sends the token of his last answer, in any region; without one a
 * client that changes regions may see an older state, and that is counted as a figure. An answer marked stale ends what was promised before it.
 */
export function judgeSessions(history: History): SessionResult {
  const findings: Finding[] = [];
  const judged = { withToken: 0, withoutToken: 0 };
  const sessions = new Map<string, OpLine[]>();
  for (const line of history.record.ops) {
    if (line.session === null || line.outcome !== "acked") continue;
    const ops = sessions.get(line.session);
    if (ops === undefined) sessions.set(line.session, [line]);
    else ops.push(line);
  }
  for (const ops of sessions.values()) {
    const stale = ops.filter(({ token }) => token === "stale");
    const byKey = new Map<string, OpLine[]>();
    for (const line of ops) {
      for (const key of keysOf(line.op)) {
        const same = byKey.get(key);
        if (same === undefined) byKey.set(key, [line]);
        else same.push(line);
      }
    }
    for (const [name, lines] of byKey) {
      const key = history.key(name);
      if (key !== undefined) judgeKey(history, key, lines, stale, judged, findings);
    }
  }
  return { findings, judged };
}

type Sort = "read-your-writes" | "monotonic-reads";

function judgeKey(
  history: History,
  key: KeyHistory,
  lines: readonly OpLine[],
  stale: readonly OpLine[],
  judged: { withToken: number; withoutToken: number },
  findings: Finding[],
): void {
  for (const read of lines) {
    const shown = shownBy(read).find(([name]) => name === key.key)?.[1];
    if (shown === undefined) continue;
    const before = lines.filter((line) => line.endedMs <= read.startedMs);
    if (before.length === 0) continue;
    if (read.token === "fresh") judged.withToken++;
    else judged.withoutToken++;
    for (const earlier of before) {
      const since = stale.some(({ endedMs }) => endedMs > earlier.startedMs && endedMs <= read.startedMs);
      const promised = read.token === "fresh" && !since ? "yes" : "no";
      const failed =
        key.adds.length > 0
          ? fewerThan(key, earlier, read)
          : mustShow(history, key, earlier).find(({ write }) => {
              return fateOf(history, key, write, shown, read.endedMs) === "lost";
            })?.sort;
      if (failed === undefined) continue;
      const token = promised === "yes" ? "with its token" : "without a token";
      findings.push(
        finding({
          kind: failed,
          when: "during",
          promised,
          title: `${read.session} in ${read.regionServed ?? "an unknown region"}, ${token}, did not see what it had ${failed === "read-your-writes" ? "written" : "seen"} of ${key.key}`,
          key: key.key,
          region: read.regionServed,
          ops: [read.id, earlier.id],
          story: promised === "yes" ? history.tell([earlier, read], null) : [],
        }),
      );
      break;
    }
  }
}

/** What a later read of the same session has to show because of an earlier operation. */
function mustShow(history: History, key: KeyHistory, earlier: OpLine): readonly { sort: Sort; write: Write }[] {
  const own = key.writes.filter(({ line }) => line === earlier);
  if (own.length > 0) return own.map((write) => ({ sort: "read-your-writes", write }));
  const seen = shownBy(earlier).find(([name]) => name === key.key)?.[1] ?? new Map<string, string>();
  return [...seen].flatMap(([element, value]) => {
    const writers = history.writersOf(key.key, element, value);
    return writers.length === 1 ? [{ sort: "monotonic-reads", write: writers[0]! }] : [];
  });
}

/** Of counters that only grow: a read that shows less than one before, or less than one's own increment. */
function fewerThan(key: KeyHistory, earlier: OpLine, read: OpLine): Sort | undefined {
  if (read.saw === null || key.adds.some((line) => amountOf(line) < 0)) return undefined;
  const now = countShown(read.saw);
  const saw = earlier.saw === null ? null : countShown(earlier.saw);
  if (earlier.op.kind === "counter.add") return now < (saw ?? amountOf(earlier)) ? "read-your-writes" : undefined;
  return saw !== null && now < saw ? "monotonic-reads" : undefined;
}
