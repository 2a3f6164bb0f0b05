import { shownBy } from "./effects.ts";
import { fateOf } from "./fate.ts";
import { finding, type Finding } from "./finding.ts";
import type { History } from "./history.ts";

/**
 * K3 and principle 3: a region that showed a write has, and shows, everything that write had observed; and what it acknowledged itself.
 * What a region surely had is told by `Knowledge`; counters are judged the same way by their sums.
 */
export function findCausalityViolations(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  for (const key of history.keys.values()) {
    for (const read of key.reads) {
      const shown = shownBy(read).find(([name]) => name === key.key)?.[1];
      if (shown === undefined) continue;
      for (const write of key.writes) {
        const { line } = write;
        if (!history.had(read.regionServed, read.startedMs, write)) continue;
        if (fateOf(history, key, write, shown, read.endedMs) !== "lost") continue;
        const isOwn = line.regionServed === read.regionServed;
        findings.push(
          finding({
            kind: "causality",
            when: "during",
            title: isOwn
              ? `${read.regionServed} did not show ${write.value} of ${key.key}, which it had acknowledged itself`
              : `${read.regionServed} did not show ${write.value} of ${key.key}, though it had shown what was written after that in ${line.regionServed}`,
            key: key.key,
            region: read.regionServed,
            ops: [read.id, line.id],
            story: history.tell([line, read], null),
          }),
        );
      }
    }
  }
  return findings;
}
