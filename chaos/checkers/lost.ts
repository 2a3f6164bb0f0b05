import type { FinalLine, OpLine } from "../record/lines.ts";
import { elementsOf, ttlOf } from "./effects.ts";
import { fateOf, type Fate } from "./fate.ts";
import { concernOf, finding, type Finding } from "./finding.ts";
import { endsOf, tellEnd, type KeyEnd } from "./finals.ts";
import type { History, KeyHistory, Write } from "./history.ts";
import { tellSaw } from "./story.ts";

/** How many acknowledged writes ended how, at one of the two ends. Counters are merged, and judged by their sums. */
export type Fates = Readonly<Record<Fate | "merged", number>>;

export interface LostResult {
  readonly findings: readonly Finding[];
  readonly healed: Fates;
  readonly survivors: Fates;
}

/** Every acknowledged write is there at the end, or the contract explains why not. At both ends, in every region that was read. */
export function findLost(history: History): LostResult {
  const findings: Finding[] = [];
  const fates = { healed: noFates(), survivors: noFates(), during: noFates() };
  for (const end of endsOf(history.record)) {
    const key = history.key(end.key);
    if (key === undefined) continue;
    const tally = fates[end.when];
    tally.merged += key.adds.filter(({ outcome }) => outcome === "acked").length;
    const told = new Set<OpLine>();
    for (const write of key.writes) {
      if (write.line.outcome !== "acked") continue;
      const judged = judge(history, key, write, end);
      if (judged === null || told.has(write.line)) continue;
      told.add(write.line);
      tally[judged.fate]++;
      if (judged.fate === "lost") findings.push(tellLost(history, key, write, end, judged.line));
    }
    findings.push(...lostTouches(history, key, end));
  }
  return { findings, healed: fates.healed, survivors: fates.survivors };
}

function noFates(): Record<Fate | "merged", number> {
  return { kept: 0, superseded: 0, merged: 0, expired: 0, lost: 0 };
}

/**
 * After all was healed every region must have it: the worst counts. The survivors may still be telling each other: the best counts. Null when
 * no region was read after the write.
 */
function judge(history: History, key: KeyHistory, write: Write, end: KeyEnd): { fate: Fate; line: FinalLine } | null {
  // What a survivor acknowledged itself, it must show itself: others may not have it yet.
  const own = end.when === "survivors" && end.lines.some(({ region }) => region === write.line.regionServed);
  const judged = end.lines
    .filter(({ fromMs, region }) => write.line.endedMs <= fromMs && (!own || region === write.line.regionServed))
    .map((line) => ({ fate: fateOf(history, key, write, elementsOf(line.shown), line.toMs), line }));
  const wanted = end.when === "healed" ? "lost" : "kept";
  const telling = judged.find(({ fate }) => fate === wanted) ?? judged.find(({ fate }) => fate !== "lost");
  return telling ?? judged[0] ?? null;
}

function tellLost(history: History, key: KeyHistory, write: Write, end: KeyEnd, shown: FinalLine): Finding {
  const { line } = write;
  const involved = [...key.writes, ...key.removes].filter((other) => {
    return "removal" in other || other.element === write.element;
  });
  return finding({
    kind: "lost",
    when: end.when,
    title: `${key.key} lacks ${write.value}, acknowledged by ${line.regionServed ?? "the router"}, ${tellEnd(end)}`,
    key: key.key,
    region: line.regionServed,
    ops: [line.id],
    ackedMs: line.endedMs,
    concern: concernOf(line, history.record.header.regions.length),
    story: history.tell(
      involved.map((other) => other.line),
      { atMs: shown.fromMs, text: `${shown.region} shows ${tellSaw(shown.shown)}` },
    ),
  });
}

/** A touch is a write too: the deadline it asked for holds, unless a shorter one may have come later. Keys that were removed are left out. */
function lostTouches(history: History, key: KeyHistory, end: KeyEnd): readonly Finding[] {
  if (key.removes.length > 0) return [];
  const findings: Finding[] = [];
  for (const touch of key.deadlines) {
    if (touch.op.kind !== "session.touch" || touch.outcome !== "acked") continue;
    const dueMs = touch.startedMs + touch.op.ttlMs;
    // E1, E3: of concurrent deadlines the longest holds; only one that may have come later can shorten it.
    const isLast = key.deadlines.every((other) => {
      return other.startedMs + ttlOf(other.op)! >= dueMs || history.lastEffectMs(other) <= touch.startedMs;
    });
    const isShort = ({ fromMs, toMs, shown, ttlMs }: FinalLine): boolean => {
      if (touch.endedMs > fromMs || shown.type === "absent" || ttlMs === null) return false;
      return toMs + ttlMs < dueMs - history.slackMs;
    };
    const short = end.lines.find(isShort);
    // E5b: a write after the touch re-asserts its deadline, which then ranks below one that was set at the same time elsewhere.
    const place = history.knowledge.placeOf(touch);
    const mayBeOutranked =
      key.writes.some(({ line }) => history.lastEffectMs(line) > touch.startedMs) &&
      key.deadlines.some((line) => {
        const other = { line, place: history.knowledge.placeOf(line) };
        return line !== touch && !history.observed({ line: touch, place }, other);
      });
    if (!isLast || mayBeOutranked || short === undefined || (end.when === "survivors" && !end.lines.every(isShort)))
      continue;
    findings.push(
      finding({
        kind: "lost",
        when: end.when,
        title: `${key.key} ends ${Math.round(dueMs - short.toMs - short.ttlMs!)} ms before the deadline acknowledged by ${touch.regionServed ?? "the router"}, ${tellEnd(end)}`,
        key: key.key,
        region: touch.regionServed,
        ops: [touch.id],
        ackedMs: touch.endedMs,
        concern: concernOf(touch, history.record.header.regions.length),
        story: history.tell(key.deadlines, { atMs: short.fromMs, text: `${short.region}: ${short.ttlMs} ms left` }),
      }),
    );
    break;
  }
  return findings;
}
