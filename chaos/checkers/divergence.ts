import { endsOf, tellEnd } from "./finals.ts";
import { finding, type Finding } from "./finding.ts";
import type { History } from "./history.ts";
import { tellSaw } from "./story.ts";

/** All regions show the same: every key, and the digest of the whole state. */
export function findDivergence(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  const { end, header } = history.record;
  if (end !== null && end.equalMs === null) {
    const digests = Object.entries(end.digests).map(([region, digest]) => `${region} ${digest.slice(0, 12)}`);
    findings.push(
      finding({
        kind: "diverged",
        when: "healed",
        title: `the regions' digests were not equal within ${header.convergeWithinMs} ms: ${digests.join(", ")}`,
      }),
    );
  }
  // Survivors were read while they still told each other.
  for (const keyEnd of endsOf(history.record).filter(({ when }) => when === "healed")) {
    const key = history.key(keyEnd.key);
    const shown = new Map<string, string[]>();
    for (const line of keyEnd.lines) {
      const told = tellSaw(canonical(line.shown));
      shown.set(told, [...(shown.get(told) ?? []), line.region]);
    }
    if (shown.size < 2) continue;
    // Regions are not read at one instant: a key whose time is up may be shown by the first only.
    const expires = key !== undefined && history.mayHaveExpired(key, Math.max(...keyEnd.lines.map(({ toMs }) => toMs)));
    if (expires && shown.size === 2 && shown.has("nothing")) continue;
    const told = [...shown].map(
      ([value, regions]) => `${regions.join(" and ")} ${regions.length > 1 ? "show" : "shows"} ${value}`,
    );
    findings.push(
      finding({
        kind: "diverged",
        when: keyEnd.when,
        title: `${keyEnd.key} is not the same in all regions, ${tellEnd(keyEnd)}: ${told.join("; ")}`,
        key: keyEnd.key,
        ops: key?.writes.map(({ line }) => line.id) ?? [],
        story: history.tell(
          [...(key?.writes ?? []), ...(key?.removes ?? [])].map(({ line }) => line),
          null,
        ),
      }),
    );
  }
  return findings;
}

function canonical(shown: Parameters<typeof tellSaw>[0]): Parameters<typeof tellSaw>[0] {
  if (shown.type === "set") return { type: "set", members: shown.members.toSorted() };
  if (shown.type !== "hash") return shown;
  const fields = Object.entries(shown.fields).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return { type: "hash", fields: Object.fromEntries(fields) };
}
