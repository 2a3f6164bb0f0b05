import type { OpLine } from "../record/lines.ts";
import type { Saw } from "../record/operations.ts";
import { finding, concernOf, type Finding } from "./finding.ts";
import { endsOf, tellEnd } from "./finals.ts";
import type { History, KeyHistory } from "./history.ts";

/** What survivors acknowledged within this time before they were read need not have reached all of them. */
const SETTLE_MS = 5_000;

/** A counter is at least what was acknowledged and at most that and what may have happened: at the ends, and for what a region surely had. */
export function findWrongCounts(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  for (const end of endsOf(history.record)) {
    const key = history.key(end.key);
    if (key === undefined || key.adds.length === 0) continue;
    const judged = end.lines.map(({ shown, fromMs, toMs, region }) => {
      const isSure = (line: OpLine): boolean => {
        if (line.outcome !== "acked") return false;
        // Survivors may still be telling each other what they took in just now.
        const isOwn = line.regionServed === region || line.regionServed === end.without;
        return line.endedMs <= fromMs - (end.when === "healed" || isOwn ? 0 : SETTLE_MS);
      };
      return { region, fromMs, isSure, wrong: judge(key, shown, isSure, toMs) };
    });
    if (end.when === "survivors" && judged.some(({ wrong }) => wrong === null)) continue;
    for (const { region, fromMs, isSure, wrong } of judged) {
      if (wrong === null) continue;
      const missing = wrong.shown < wrong.least ? missingAdds(key, wrong.least - wrong.shown, isSure, end.without) : [];
      findings.push(
        finding({
          kind: "wrong-count",
          when: end.when,
          title: `${key.key} shows ${wrong.shown} in ${region}, ${tellEnd(end)}; ${wrong.least} were acknowledged, ${wrong.most} are possible`,
          key: key.key,
          region: missing.at(-1)?.regionServed ?? region,
          ops: (missing.length > 0 ? missing : key.adds).map(({ id }) => id),
          ackedMs: missing.length === 0 ? null : Math.min(...missing.map(({ endedMs }) => endedMs)),
          concern: missing.length === 0 ? null : concernOf(missing.at(-1)!, history.record.header.regions.length),
          story: history.tell(missing.length > 0 ? missing : key.adds, {
            atMs: fromMs,
            text: `${region} shows ${wrong.shown}`,
          }),
        }),
      );
      break;
    }
  }
  for (const key of history.keys.values()) {
    for (const read of key.reads) if (read.op.kind === "counter.read") findings.push(...judgeRead(history, key, read));
  }
  return findings;
}

function judgeRead(history: History, key: KeyHistory, read: OpLine): readonly Finding[] {
  if (read.saw === null) return [];
  const isSure = (line: OpLine): boolean =>
    history.had(read.regionServed, read.startedMs, { line, place: history.knowledge.placeOf(line) });
  const wrong = judge(key, read.saw, isSure, read.endedMs);
  if (wrong === null) return [];
  return [
    finding({
      kind: wrong.shown < wrong.least ? "causality" : "wrong-count",
      when: "during",
      title: `${key.key} showed ${wrong.shown} to a read in ${read.regionServed}, which had at least ${wrong.least}; ${wrong.most} were possible`,
      key: key.key,
      region: read.regionServed,
      ops: [read.id],
      story: history.tell([...key.adds.filter(isSure).slice(-6), read], null),
    }),
  ];
}

/** Null when the sum is within its bounds. */
function judge(
  key: KeyHistory,
  saw: Saw,
  isSure: (line: OpLine) => boolean,
  untilMs: number,
): { readonly shown: number; readonly least: number; readonly most: number } | null {
  const shown = countShown(saw);
  let [least, most] = [0, 0];
  for (const line of key.adds) {
    const amount = amountOf(line);
    const sure = isSure(line);
    if (!sure && line.startedMs > untilMs) continue;
    if (sure || amount < 0) least += amount;
    if (sure || amount > 0) most += amount;
  }
  return shown >= least && shown <= most ? null : { shown, least, most };
}

/** NaN for what is no number: it is within no bounds. */
export function countShown(saw: Saw): number {
  if (saw.type === "absent") return 0;
  return saw.type === "string" && /^-?\d+$/u.test(saw.value) ? Number(saw.value) : Number.NaN;
}

export function amountOf({ op }: OpLine): number {
  return op.kind === "counter.add" ? op.amount : 0;
}

/**
 * Which increments are missing cannot be seen in a sum. A region's writes reach others in their order, so the newest of the region that is
 * away are named; else the newest of all.
 */
function missingAdds(
  key: KeyHistory,
  missing: number,
  isSure: (line: OpLine) => boolean,
  without: string | null,
): readonly OpLine[] {
  const sure = key.adds.filter((line) => isSure(line) && amountOf(line) > 0);
  const own = sure.filter(({ regionServed }) => regionServed === without);
  const candidates = (own.length > 0 ? own : sure).toSorted((left, right) => right.endedMs - left.endedMs);
  const named: OpLine[] = [];
  let left = missing;
  for (const line of candidates) {
    if (left <= 0) break;
    named.push(line);
    left -= amountOf(line);
  }
  return named;
}
