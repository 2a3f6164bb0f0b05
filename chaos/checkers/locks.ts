import type { OpLine } from "../record/lines.ts";
import { finding, type Finding } from "./finding.ts";
import type { History } from "./history.ts";

interface Held {
  readonly line: OpLine;
  readonly token: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * At most one holder at any moment, and fencing tokens that rise. A lock is surely held from the moment its holder was told so until he asked for
 * its release, or until its time may have been up, counted from before he asked for it.
 */
export function findLockViolations(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [key, held] of heldByKey(history.record.ops)) {
    const byGrant = held.toSorted((left, right) => left.fromMs - right.fromMs);
    for (const [index, one] of byGrant.entries()) {
      for (const later of byGrant.slice(index + 1)) {
        const story = (): Finding["story"] => history.tell([one.line, later.line], null);
        const both = {
          when: "during",
          key,
          region: later.line.regionServed,
          ops: [later.line.id, one.line.id],
        } as const;
        if (later.fromMs < one.untilMs) {
          const title = `${key} was granted twice: the second ${Math.round(one.untilMs - later.fromMs)} ms before the first ended`;
          findings.push(finding({ kind: "two-holders", title, ...both, story: story() }));
        }
        if (later.line.startedMs >= one.fromMs && later.token <= one.token) {
          const title = `${key}: fencing token ${later.token} was given out after ${one.token}`;
          findings.push(finding({ kind: "fencing", title, ...both, story: story() }));
        }
      }
    }
  }
  return findings;
}

function heldByKey(ops: readonly OpLine[]): ReadonlyMap<string, readonly Held[]> {
  const held = new Map<string, Held[]>();
  const released = new Map<string, number>();
  for (const { op, startedMs, outcome } of ops)
    if (op.kind === "lock.release" && outcome !== "failed") released.set(`${op.key}\u0000${op.token}`, startedMs);
  for (const line of ops) {
    const { op, saw } = line;
    if (op.kind !== "lock.acquire" || line.outcome !== "acked" || saw?.type !== "lock" || saw.token === null) continue;
    const endsMs = line.startedMs + op.ttlMs;
    const untilMs = Math.min(endsMs, released.get(`${op.key}\u0000${saw.token}`) ?? Infinity);
    const same = held.get(op.key) ?? [];
    same.push({ line, token: saw.token, fromMs: line.endedMs, untilMs });
    held.set(op.key, same);
  }
  return held;
}

/** A limit is never exceeded: what was granted of a key, in all regions together, is at most what may be. */
export function findExceededLimits(history: History): readonly Finding[] {
  const granted = new Map<string, { lines: OpLine[]; sum: number; limit: number }>();
  for (const line of history.record.ops) {
    const { op, saw } = line;
    if (op.kind !== "limit.spend" || line.outcome !== "acked" || saw?.type !== "limit" || !saw.granted) continue;
    const known = granted.get(op.key) ?? { lines: [], sum: 0, limit: op.limit };
    known.lines.push(line);
    known.sum += op.amount;
    granted.set(op.key, known);
  }
  return [...granted]
    .filter(([, { sum, limit }]) => sum > limit)
    .map(([key, { lines, sum, limit }]) =>
      finding({
        kind: "limit-exceeded",
        when: "during",
        title: `${sum} of ${key} were granted, ${limit} is the limit`,
        key,
        ops: lines.map(({ id }) => id),
        story: history.tell(lines, null),
      }),
    );
}
