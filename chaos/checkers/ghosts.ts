import type { OpLine } from "../record/lines.ts";
import { elementsOf, shownBy, type Elements } from "./effects.ts";
import { mustRemove } from "./fate.ts";
import { endsOf, tellEnd } from "./finals.ts";
import { finding, type Finding } from "./finding.ts";
import type { History, KeyHistory, Remove } from "./history.ts";

interface View {
  readonly when: Finding["when"];
  readonly region: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether a removal had surely arrived where the key was looked at. */
  readonly has: (remove: Remove) => boolean;
  readonly sentence: string;
  readonly read: OpLine | null;
}

/** Nothing that was deleted, logged out or expired is shown again, and nothing that nobody wrote: at the ends, and to any read on the way. */
export function findGhosts(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  for (const end of endsOf(history.record)) {
    const key = history.key(end.key);
    if (key === undefined || key.adds.length > 0) continue;
    for (const { region, shown, fromMs, toMs } of end.lines) {
      const has =
        end.when === "healed"
          ? ({ line }: Remove): boolean => line.outcome === "acked" && line.endedMs <= fromMs
          : (remove: Remove): boolean => history.had(region, fromMs, remove);
      const view = { when: end.when, region, fromMs, toMs, has, sentence: tellEnd(end), read: null };
      const before = findings.length;
      look(history, key, elementsOf(shown), view, findings);
      // What one region shows, all of them do, or it is found to diverge.
      if (findings.length > before) break;
    }
  }
  for (const key of history.keys.values()) {
    for (const read of key.reads) if (read.op.kind !== "counter.read") lookAtRead(history, key, read, findings);
  }
  return findings;
}

function lookAtRead(history: History, key: KeyHistory, read: OpLine, findings: Finding[]): void {
  const has = (remove: Remove): boolean => history.had(read.regionServed, read.startedMs, remove);
  const sentence = `to a read in ${read.regionServed ?? "an unknown region"}`;
  const { startedMs: fromMs, endedMs: toMs, regionServed: region } = read;
  for (const [name, elements] of shownBy(read)) {
    if (name === key.key)
      look(history, key, elements, { when: "during", region, fromMs, toMs, has, sentence, read }, findings);
  }
}

function look(history: History, key: KeyHistory, shown: Elements, view: View, findings: Finding[]): void {
  if (shown.size === 0) return;
  const report = (kind: "ghost" | "invented", title: string, lines: readonly OpLine[]): void => {
    findings.push(
      finding({
        kind,
        when: view.when,
        title,
        key: key.key,
        region: view.region,
        ops: [...(view.read === null ? [] : [view.read.id]), ...lines.map(({ id }) => id)],
        story: history.tell(
          lines,
          view.read === null
            ? { atMs: view.fromMs, text: `${view.region} shows it` }
            : { atMs: view.fromMs, text: `#${view.read.id} sees it in ${view.region ?? "an unknown region"}` },
        ),
      }),
    );
  };
  if (history.hasSurelyExpired(key, view.fromMs)) {
    report("ghost", `${key.key} has expired and is shown ${view.sentence}`, key.deadlines);
    return;
  }
  for (const [element, value] of shown) {
    const writers = history.writersOf(key.key, element, value);
    if (writers.length === 0) {
      report("invented", `${key.key} shows ${value}, which nobody wrote, ${view.sentence}`, []);
      continue;
    }
    const killers = writers.map((write) =>
      key.removes.find((one) => view.has(one) && mustRemove(history, key, one, write)),
    );
    if (killers.some((killer) => killer === undefined)) continue;
    const lines = [...writers.map(({ line }) => line), ...killers.map((killer) => killer!.line)];
    report("ghost", `${key.key} shows ${value} again, which was removed, ${view.sentence}`, lines);
  }
}
